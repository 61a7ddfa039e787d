"""Exercises with answers, from a seed: the item `exercises` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
