"""The sections to come: the item `agenda` of a deck."""
