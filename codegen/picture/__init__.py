"""Pictures: one layout of shapes and labels, printed as TikZ and as SVG.

in:    what is drawn
out:   `Scene`
names: the rooms inside
"""
