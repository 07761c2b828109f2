"""The comparison of two frameworks: the report on the editions, and ``jingkai compare``."""
