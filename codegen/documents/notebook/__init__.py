"""The lecture as a Jupyter notebook that proves what it prints.

in:    `Deck`
out:   a notebook
names: `notebook.notebook`
"""
