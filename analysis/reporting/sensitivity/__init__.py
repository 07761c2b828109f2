"""The report on how firm ranks are."""
