"""The passes, in the order in which they work; `program.build` runs those that it is given.

Every pass keeps names, shapes and equation numbers: a reader finds the line of an equation with any
of them left out. Behind each stands what `make bench` gained by it when it came in.
"""

from __future__ import annotations

from enum import Enum


class Pass(Enum):
    PRODUCTS = "a contraction is reshapes and one matrix product, however many axes it runs over"
    # conv 64-64: 7 x (f64), 10 x (f32); transformer block, LeNet: 1.3 x
    EXPONENTIAL = "gelu, silu and mish by their formulas; (1 + tanh(u))/2 is sigmoid(2u)"
    SHARED = "a sum that occurs twice in forward has a name: x - mu of a normalisation"
    KEPT = "a costly function inside another expression has a name, which its slope reads"
    FACTORED = "a factor of all terms stands outside their sum"
    NUMBERS = "the numbers of a product are one, on its smallest array"
    POWERS = "v**3 is v * v**2"
    MEANS = "a mean is a sum over a count, which NumPy computes in fewer calls"
    POOLING = "a maximum over windows is one of a few long strided views"
    STEPS = "what only its own step of a recurrence reads is no array over all steps"
    ASKED = "the gradients of the inputs are formed only where they are asked for"
    # MLP of 1024: 1.5 x, softmax regression: 1.4 x, LeNet: 1.3 x


ALL = frozenset(Pass)
