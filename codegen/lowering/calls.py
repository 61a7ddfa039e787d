"""What a function is called as on arrays, and what a dead branch is given in a dangerous place."""

from __future__ import annotations

NUMPY_NAMES = {
    "exp": "np.exp", "log": "np.log", "sqrt": "np.sqrt", "sin": "np.sin", "cos": "np.cos",
    "tan": "np.tan", "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan",
    "sinh": "np.sinh", "cosh": "np.cosh", "tanh": "np.tanh", "asinh": "np.arcsinh",
    "acosh": "np.arccosh", "atanh": "np.arctanh", "expm1": "np.expm1", "log1p": "np.log1p",
    "max": "np.maximum", "min": "np.minimum", "relu": "np.maximum", "abs": "absolute",
    "power": "np.power",
}  # fmt: skip

# function -> (which argument is dangerous, what a dead branch is given instead)
SAFE = {
    "log": (0, "1"), "sqrt": (0, "1"), "log1p": (0, "1"), "asin": (0, "0"), "acos": (0, "0"),
    "atanh": (0, "0"), "acosh": (0, "2"), "power": (0, "1"), "exp": (0, "0"), "expm1": (0, "0"),
    "sinh": (0, "0"), "cosh": (0, "0"), "tan": (0, "0"), "xlogy": (1, "1"),
    "celu": (1, "1"),
}  # fmt: skip
