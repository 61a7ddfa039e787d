"""Update rules, steps and paths: the item `optimizers` of a deck."""
