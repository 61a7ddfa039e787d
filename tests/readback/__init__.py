"""What a reader's eye gets from a document, read back and proved by a program apart from printers.

`documents` finds the formula lines; `tex`, `mathml` and `plain` turn each into one small layout
(`layout`): letters, scripts, fractions, grids. `grammar` reads the layout as mathematicians do,
`names` says what a printed symbol stands for, `evaluate` works every side of every relation out at
points of its own (`points`: the equations as written, differentiated on the fuzzer's tape), and
`judge` says true, false or not readable. ``python -m tests.readback`` prints the report.
"""
