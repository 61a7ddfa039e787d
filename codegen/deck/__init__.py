"""The `Deck`: pages of blocks, which every document prints.

in:    pages
out:   `Deck`, every number with its exact value
names: `model`
"""
