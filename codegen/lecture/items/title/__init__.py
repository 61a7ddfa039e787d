"""The title page: the item `title` of a deck."""
