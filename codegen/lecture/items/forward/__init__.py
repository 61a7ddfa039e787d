"""The forward equations: the item `forward` of a deck."""
