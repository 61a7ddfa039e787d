"""A training run of ``chalkgrad train``: made, measured, drawn, printed."""
