"""The title page: the item `title` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
