"""The Hessian and Newton's step: the item `hessian` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
