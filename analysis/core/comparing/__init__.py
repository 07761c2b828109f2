"""Two frameworks compared: their items, their rankings, and what moved a unit."""
