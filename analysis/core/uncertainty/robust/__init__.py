"""What holds for every admissible weight: scores, pairs, ranks."""
