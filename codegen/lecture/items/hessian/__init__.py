"""The Hessian and Newton's step: the item `hessian` of a deck."""
