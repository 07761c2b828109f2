"""The yearly cycle: forms that go to the zones and come back, and the panel that they make."""
