"""Figures, tables, running notebooks, rendering, the command line."""
