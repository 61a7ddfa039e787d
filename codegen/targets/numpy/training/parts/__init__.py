"""The parts of a generated program that are the same for every network.

They are real files so that linter and type checker see them. A program takes over what stands below
the line `# -- program --`; above it stands what a part needs of the others.

in:    nothing: they are read as text
out:   the parts of NAME_train.py
names: none

A line that ends in `#:` is one of those that a lecture shows of a long function (`marks`).
"""
