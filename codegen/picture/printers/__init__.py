"""The two printers of scenes.

in:    `Scene`
out:   TikZ, SVG
names: `tikz.tikz`, `svg.svg`
"""
