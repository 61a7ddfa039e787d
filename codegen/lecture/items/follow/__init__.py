"""A network followed round by round: the item `follow` of a deck."""
