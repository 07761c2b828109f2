"""How firm ranks are: draws of weights and methods, and what holds for every admissible weight."""
