"""Faults planted to prove that the checks bite: in a backward, in a forward.

in:    a module's text
out:   the module with one fault
names: `faults`, `forward_faults`
"""
