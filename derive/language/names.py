"""What a name may be: one rule for specs, equations and definitions, as names reach files; and the
letter of an index whose own is taken."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection

from .expr import Idx
from .functions import ALIASES, FUNCTIONS, NORMALISERS, REDUCTIONS

MAX_NAME = 64

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")

# l and o look like 1 and 0, n is the batch, d and e are a differential and a number
_ALPHABET = "ijkmpqrstuvwabcfgh"

# Names that a generated module uses itself: its members, its local variables and the words of
# Python that it calls. tests/network/test_refusals.py compares this list with the modules.
MODULE_MEMBERS = frozenset(
    {"params", "cache", "forward", "backward", "predict", "init", "loss_and_grads", "loss"}
    | {"Params", "Cache", "Inputs", "np", "kinks", "dtype", "main", "math", "sys", "NamedTuple"}
    | {
        "example",
        "worked_example",
        "spec_data",
        "self_check",
        "forward_unchecked",
        "rng",
        "seed",
        "batch",
        "N",
    }
    | {
        "grads",
        "inputs",
        "sliding_window_view",
        "fold",
        "scatter_add",
        "window_max",
        "window_argmax",
        "absolute",
        "orthogonal",
    }
    | {
        "checked",
        "as_arrays",
        "fits",
        "lru_cache",
        "SHAPES",
        "INTEGERS",
        "DISTRIBUTIONS",
        "hasattr",
        "SystemExit",
    }
    | {"abs", "all", "any", "bool", "complex", "dict", "enumerate", "float", "getattr", "int"}
    | {"isinstance", "len", "list", "max", "min", "print", "range", "reversed", "round", "set"}
    | {"slice", "str", "sum", "super", "tuple", "type", "zip", "ValueError"}
)
# Words of the equation language: no tensor can be called so.
LANGUAGE_WORDS = frozenset(
    {*FUNCTIONS, *ALIASES, *REDUCTIONS, *NORMALISERS, "where", "size", "pi", "inf", "n"}
)


def fault(name: str) -> str:
    """Why ``name`` is no name of a tensor, an index or an option; "" if it is one."""
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters"
    if not _NAME.match(name):
        return "a name begins with a letter and has only ASCII letters, digits and _"
    if "__" in name:
        return f"'{name}' has a double underscore"
    if keyword.iskeyword(name):
        return f"'{name}' is a word of Python"
    return ""


def tensor_fault(name: str) -> str:
    """Why a tensor cannot be called so; "" if it can."""
    if name == "n":
        return "'n' is the batch axis"
    if name in LANGUAGE_WORDS:
        return f"'{name}' is a word of the equation language"
    if name in MODULE_MEMBERS:
        return f"'{name}' is a name that the generated module uses itself"
    return fault(name)


def following(i: Idx, taken: Collection[str]) -> str:
    """The next letter for an index whose own name is taken."""
    start = 0 if is_anonymous(i) else _ALPHABET.find(i.name) + 1
    if len(i.name) == 1 or is_anonymous(i):
        for k in range(len(_ALPHABET)):
            letter = _ALPHABET[(start + k) % len(_ALPHABET)]
            if letter not in taken:
                return letter
    return next(f"{i.name}{k}" for k in range(2, 10**6) if f"{i.name}{k}" not in taken)


def is_anonymous(i: Idx) -> bool:
    """Is it named after the tensor whose unnamed axis it runs over (``x`` of axis ``x:0``)?"""
    return ":" in i.axis and i.name == i.axis.split(":")[0]
