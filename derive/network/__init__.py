"""A spec's layers and equations as one ordered list of named index equations.

in:    `Spec`
out:   `Network`: tensors, axes, equations in the order of evaluation, the spec's numbers
names: `network.Network`, `build.build`, `assemble.network_from_equations`, `starts.starts`
"""
