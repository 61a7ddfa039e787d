"""Common mistakes, planted and found: the item `mistakes` of a deck."""
