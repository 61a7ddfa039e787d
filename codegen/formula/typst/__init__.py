"""Formulas and rich text as Typst.

in:    LaTeX, rich text
out:   Typst
names: `printer.typst`, `printer.string`, `text.rich_typst`
"""
