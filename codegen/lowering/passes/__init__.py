"""Passes over equations, ahead of the arrays: split, decided, made cheaper; the list of the last.

in:    the equations of a network, or of its adjoints
out:   equations of the same values, each one statement
names: `table.Pass`, `table.ALL`
"""
