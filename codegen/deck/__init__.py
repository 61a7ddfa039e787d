"""The `Deck`: pages of blocks, which every document prints; its manifest.

in:    pages
out:   `Deck`, every number with its exact value
names: `model`, `manifest.manifest`
"""
