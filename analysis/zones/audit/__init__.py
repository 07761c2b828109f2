"""Auditing a year's data: rules as data, findings with questions, values accepted with a reason."""
