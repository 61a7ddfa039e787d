"""Formula and code side by side: the item `code` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
