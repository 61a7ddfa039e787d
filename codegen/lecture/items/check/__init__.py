"""The gradient check by hand: the item `check` of a deck."""
