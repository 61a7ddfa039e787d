"""Slides as pictures, and what is wrong on a typeset page.

in:    a PDF, TeX's log
out:   SVG and PNG, findings
names: `frames.frames`, `pages_check`
"""
