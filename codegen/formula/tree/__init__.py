"""Formulas as trees of what is seen, and LaTeX read; an unknown command is refused.

in:    LaTeX
out:   trees for the printers
names: `reader.formula`, `nodes.walk`, `nodes.rebuilt`
"""
