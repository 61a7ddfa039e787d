"""Faults planted to prove that the checks bite: in a backward, in a forward."""
