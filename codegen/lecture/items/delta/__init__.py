"""The deltas, for a general layer: the item `delta` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
