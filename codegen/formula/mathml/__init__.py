"""LaTeX of our own and of a lecturer's slides as MathML; an unknown command is refused.

in:    LaTeX
out:   MathML
names: `printer.mathml`
"""
