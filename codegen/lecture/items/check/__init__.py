"""The gradient check by hand: the item `check` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
