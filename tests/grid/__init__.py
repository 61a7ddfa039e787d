"""Every spec × notation × document × language: does each come out, in time and without a gap?

``python -m tests.grid`` (``make grid``) goes through the whole grid, `pairwise` through a sample
in which every two values of two parameters meet. The specs are the shipped examples and the cases
of strangers in ``tests/cases/printing``.
"""
