"""Logic gates and their decision lines: the item `gates` of a deck."""
