"""A section's heading: the item `section` of a deck."""
