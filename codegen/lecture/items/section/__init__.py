"""A section's heading: the item `section` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
