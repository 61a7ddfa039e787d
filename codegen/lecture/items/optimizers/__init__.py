"""Update rules, steps and paths: the item `optimizers` of a deck.

in:    `Context`, the options of the item
out:   pages
names: `pages.pages`
"""
