"""The lecture as Markdown for MyST and Quarto, its pictures beside it.

in:    `Deck`
out:   Markdown, SVG
names: `markdown.markdown`
"""
