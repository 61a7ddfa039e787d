"""The shapes of all arrays: the item `shapes` of a deck."""
