"""Slides, handout and notes with beamer.

in:    `Deck`
out:   LaTeX
names: `beamer.slides`
"""
