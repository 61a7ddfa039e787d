"""Algebra on trees: products, sums, forms that do not overflow.

in:    an expression
out:   an expression of the same value, shorter or safer
names: `simplify.product`, `simplify.summed`, `simplify.total`, `contract.contract`,
`stable.stabilise`, `tidy`, `domains`
"""
