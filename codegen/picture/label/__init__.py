"""Labels set and measured, so that they keep out of each other's way.

in:    rich text
out:   runs in points, widths in cm, places
names: `measure.labelled`, `place`, `typeset`
"""
