"""The report on the published record, and the change of rules in it."""
