"""Activation functions and their derivatives: the item `functions` of a deck."""
