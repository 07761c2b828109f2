"""Draws of weights and methods: scores and ranks in every one, counted and on record."""
