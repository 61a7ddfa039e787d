"""The computational graph: the item `circuit` of a deck."""
