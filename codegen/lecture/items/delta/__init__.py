"""The deltas, for a general layer: the item `delta` of a deck."""
