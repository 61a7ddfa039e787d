"""The gradients, entry by entry: the item `gradients` of a deck."""
