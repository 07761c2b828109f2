"""How little it takes: one weight at a time, and the smallest change of all of them."""
