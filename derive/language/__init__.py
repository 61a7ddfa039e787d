"""The equation language: the tree of an index equation, and its text.

in:    equation text, one line or many
out:   `Expr`, `Equation`, `Parsed`: trees that hold whatever cannot be written otherwise
names: `parser.equations`, `parser.expression`, `evaluate.evaluate`, `text.text`, `refs.ref`,
`functions.FUNCTIONS`, `errors.ChalkgradError`
"""
