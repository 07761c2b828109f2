"""Sobol' indices: which choice the ranks hang on."""
