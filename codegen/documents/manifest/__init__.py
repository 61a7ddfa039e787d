"""The manifest: what is on which page, every number with its exact value.

in:    `Deck`
out:   JSON
names: `manifest.manifest`
"""
