"""The worked example in numbers: the item `example` of a deck."""
