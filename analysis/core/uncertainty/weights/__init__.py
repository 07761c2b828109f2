"""Admissible weights: the polytope, how it is read, and draws from it."""
