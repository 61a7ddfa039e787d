"""A training run: the item `train` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
