"""Slides as pictures.

in:    a PDF
out:   SVG and PNG
names: `frames.frames`
"""
