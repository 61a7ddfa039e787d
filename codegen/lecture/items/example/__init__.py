"""The worked example in numbers: the item `example` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
