"""A general composite-indicator engine. It knows nothing of zones."""
