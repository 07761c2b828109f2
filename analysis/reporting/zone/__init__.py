"""The report on one zone, for those who run it."""
