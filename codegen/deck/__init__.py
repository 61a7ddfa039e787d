"""The `Deck`: pages of blocks, which every document prints; what any item of `deck:` may say.

in:    pages
out:   `Deck`, every number with its exact value
names: `model`, `item`
"""
