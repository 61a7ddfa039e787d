"""The network's picture and its sizes: the item `architecture` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
