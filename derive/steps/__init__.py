"""Derivatives line by line, as a lecturer writes them; every line is proved equal.

in:    a function, a loss or a softmax, by name or as equations
out:   lines: trees with the reason of each
names: `named_steps.named_steps`, `function_steps`, `index_steps`, `step_nodes.Steps`
"""
