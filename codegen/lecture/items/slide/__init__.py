"""The lecturer's own slides: the item `slide` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
