"""The generated program, run: the item `program` of a deck."""
