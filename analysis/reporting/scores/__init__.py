"""The report on scores and ranks."""
