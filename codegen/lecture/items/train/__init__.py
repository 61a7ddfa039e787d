"""A training run: the item `train` of a deck."""
