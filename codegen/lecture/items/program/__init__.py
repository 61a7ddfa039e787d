"""The generated program, run: the item `program` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
