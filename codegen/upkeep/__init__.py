"""Files of the repository that are written by the project: generated/, tables of the docs, gallery.

in:    the shipped specs
out:   files, which tests keep fresh
names: `generated`, `docs_tables`, `gallery`
"""
