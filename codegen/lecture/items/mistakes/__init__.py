"""Common mistakes, planted and found: the item `mistakes` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
