"""A picture as data, in cm.

in:    shapes and labels
out:   `Scene`
names: `scene.Scene`, `rect`
"""
