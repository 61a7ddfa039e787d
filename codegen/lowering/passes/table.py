"""The passes, in the order in which they work; `program.build` runs those that it is given.

Every pass keeps names, shapes and equation numbers: a reader finds the line of an equation with any
of them left out. Behind each stands where its rule is, and how much longer a step takes without it
(`bench/passes.py`; f64, then f32).
"""

from __future__ import annotations

from enum import Enum


class Pass(Enum):
    # forms: gelu (erf) 1.3, 1.5; gelu (tanh) 1.1, 1.1
    EXPONENTIAL = "gelu, silu and mish by their formulas; (1 + tanh(u))/2 is sigmoid(2u)"
    # kept: gelu (erf) 1.3, 1.5; transformer block 1.06; SHARED makes a normalisation shorter
    SHARED = "a sum that occurs twice in forward has a name: x - mu of a normalisation"
    KEPT = "a costly function inside another expression has a name, which its slope reads"
    # numbers: within noise, but a line is shorter and says one thing
    FACTORED = "a factor of all terms stands outside their sum"
    NUMBERS = "the numbers of a product are one, on its smallest array"
    # products: LeNet 1.6, 2.0; transformer block 1.4, 1.5; conv 64-64 with its dx 7, 10
    PRODUCTS = "a contraction is reshapes and one matrix product, however many axes it runs over"
    # elementwise.power: gelu (tanh) 2.0, 3.2; transformer block 1.7, 2.4
    POWERS = "v**3 is v * v**2"
    # reductions: networks of a few units 1.05, 1.1
    MEANS = "a mean is a sum over a count, which NumPy computes in fewer calls"
    # reductions, scatter: LeNet 1.6, 1.9
    POOLING = "a maximum over windows is one of a few long strided views"
    # emit: LSTM 1.1, 1.1
    STEPS = "what only its own step of a recurrence reads is no array over all steps"
    # program: MLP of 1024 1.3, 1.35; softmax regression 1.3, 1.3; LeNet 1.3, 1.2; conv 64-64 1.6
    ASKED = "the gradients of the inputs are formed only where they are asked for"


ALL = frozenset(Pass)
