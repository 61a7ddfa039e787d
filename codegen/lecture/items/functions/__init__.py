"""Activation functions and their derivatives: the item `functions` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
