"""The network's picture and its sizes: the item `architecture` of a deck."""
