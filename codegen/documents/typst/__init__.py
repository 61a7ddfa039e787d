"""Slides, handout and sheet as Typst, and the compiler that sets them.

in:    `Deck`
out:   Typst
names: `slides.slides`, `sheet.sheet`, `compiler.compile_typst`
"""
