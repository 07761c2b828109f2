"""The report on dynamic management."""
