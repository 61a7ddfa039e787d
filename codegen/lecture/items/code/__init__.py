"""Formula and code side by side: the item `code` of a deck."""
