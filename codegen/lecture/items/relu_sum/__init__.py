"""A function as a sum of ReLUs: the item `relu_sum` of a deck."""
