"""The gradients, entry by entry: the item `gradients` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
