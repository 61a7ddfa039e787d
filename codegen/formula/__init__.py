"""Mathematics in print: formulas as trees, read and printed; numbers, rich text, colours.

in:    expressions, `Symbols`, numbers; LaTeX
out:   trees of what is seen; LaTeX
names: `latex_printer.Printer`, `latex_matrix.MatrixPrinter`, `numerals.Numerals`,
`reader.formula`, `write.row` and its words, `tex_printer.math_tex`, `style.style`
"""
