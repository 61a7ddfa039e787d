"""What single lectures derive: Hessian, circuits, recursion, ReLU sums, truth tables.

in:    `Network`
out:   one result for each topic
names: one function for each file
"""
