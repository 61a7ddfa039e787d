"""The shapes of all arrays: the item `shapes` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
