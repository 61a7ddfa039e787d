"""Exercises with answers, from a seed: the item `exercises` of a deck."""
