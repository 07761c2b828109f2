"""What is particular to the zones and to the ministry's rules."""
