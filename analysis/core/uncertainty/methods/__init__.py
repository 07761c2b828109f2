"""Choices of method that are varied, and the distinct ways to compute they give."""
