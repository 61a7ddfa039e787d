"""Circuits, array shapes, gates.

in:    nodes and wires
out:   `Scene`
names: `circuit`, `shapes`, `gates`
"""
