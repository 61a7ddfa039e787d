"""Mathematics in print: the one LaTeX printer, the gate to TeX, numbers, rich text, colours.

in:    trees, `Symbols`, numbers
out:   LaTeX; formulas as trees for pictures
names: `latex_printer.Printer`, `latex_matrix.MatrixPrinter`, `numerals.Numerals`,
`tex_math.math_tex`, `style.style`
"""
