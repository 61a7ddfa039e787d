"""Algebra on trees: products, sums, forms that do not overflow.

in:    an expression
out:   an expression of the same value, shorter or safer
names: `contract.contract`, `simplify.summed`, `simplify.total`, `stable.stabilise`, `tidy`, `domains`
"""
