"""Formulas as MathML.

in:    LaTeX
out:   MathML
names: `printer.mathml`
"""
