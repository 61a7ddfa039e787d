"""Logic gates and their decision lines: the item `gates` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
