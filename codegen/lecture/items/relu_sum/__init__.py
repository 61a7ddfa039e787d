"""A function as a sum of ReLUs: the item `relu_sum` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
