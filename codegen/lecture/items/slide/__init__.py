"""The lecturer's own slides: the item `slide` of a deck."""
