"""Plots: axes, curves, contours.

in:    points and functions
out:   `Scene`
names: `plot`, `curves`, `contour`
"""
