"""Lists of a round as reports and files show them."""
