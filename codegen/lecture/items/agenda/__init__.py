"""The sections to come: the item `agenda` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
