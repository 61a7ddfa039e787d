"""A network followed round by round: the item `follow` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
