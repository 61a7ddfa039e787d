"""Which operation of a library a function is, and what a dead branch is given where it fails."""

from __future__ import annotations

# function -> operation; every other function is a helper of the module, by its own name
DIRECT = {
    **{name: name for name in (
        "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "expm1", "log1p", "power",
    )},
    "max": "maximum", "min": "minimum", "relu": "maximum",
}  # fmt: skip
HELPERS = {"abs": "absolute"}  # those whose name is taken in Python

# function -> (which argument is dangerous, what a dead branch is given instead)
SAFE = {
    "log": (0, "1"), "sqrt": (0, "1"), "log1p": (0, "1"), "asin": (0, "0"), "acos": (0, "0"),
    "atanh": (0, "0"), "acosh": (0, "2"), "power": (0, "1"), "exp": (0, "0"), "expm1": (0, "0"),
    "sinh": (0, "0"), "cosh": (0, "0"), "tan": (0, "0"), "xlogy": (1, "1"),
    "celu": (1, "1"),
}  # fmt: skip
