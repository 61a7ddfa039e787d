"""The levels in which a gradient is shown: chain, index, matrix; SymPy.

in:    `Derivation`
out:   trees for the printers, `GradientView` for people
names: `chain.chain_form`, `matrix.matrix_form`, `orientation.column_form`, `views.view`
"""
