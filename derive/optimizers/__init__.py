"""Update rules as equations (rules.yaml), and their numbers step by step.

    optimizer("adam").equations         parsed, in the order of a step: state first
    worked("adagrad", [0.1], {"w": 1.0})[0]["w"]
    settings.update_of(network)         what `update:` of a spec asks for, checked and complete

The rules are what the lectures mean, not what they print (LECTURES.md §2): the state is updated
before it is used, Adam's corrections are 1 − β**t with eps outside of the root, RMSprop's decay is
a number of its own.

in:    a name, or the `update:` of a network's spec
out:   `Optimizer`, `Update`: equations with their options
names: `optimizer`, `worked`, `settings.update_of`
"""

from __future__ import annotations

from .rules import Optimizer, all_names, names, optimizer, trained
from .steps import worked

__all__ = ["Optimizer", "all_names", "names", "optimizer", "trained", "worked"]
