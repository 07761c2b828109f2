"""The report on how items, groups and index hang together."""
