"""The computational graph: the item `circuit` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
