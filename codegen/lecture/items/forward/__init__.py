"""The forward equations: the item `forward` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
