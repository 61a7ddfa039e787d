"""A deck as a Jupyter notebook that runs from top to bottom with NumPy and proves what it prints.

The pages are Markdown cells; behind the last page of a network come its code cells
(`notebook_code`). There are no outputs, and the ids of the cells are those of the pages, so that
the same deck gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ....derive.language.equation import BATCH
from ....derive.language.errors import ChalkgradError
from ....derive.network.network import Network
from ...deck.model import Deck
from ...lecture.words import words
from .code import NetworkCells, figures_of
from .markdown import page_markdown, plain, rich

Cell = dict[str, Any]
_SYMPY = """
try:  # with chalkgrad installed: the derivation as SymPy objects, shown as formulas
    from IPython.display import display

    from chalkgrad import load
    from chalkgrad.derive.spec.strict_yaml import load_text
except ImportError:
    load = None

SPEC = {spec}

if load is not None:
    derivation = load(load_text(SPEC)).derive()
    for name in {names!r}:
        display(derivation[name].chain, derivation[name].index)
"""


def notebook(deck: Deck, networks: Sequence[Network]) -> str:
    """The notebook as JSON text (nbformat 4.5).

    ``networks`` are those of the deck's spec; those whose sizes are symbols have pages but no
    code. Where the spec is a file, the last cell holds its text and shows the derivation as SymPy
    objects, if chalkgrad is installed.
    """
    cells = _Cells(deck)
    last = {page.network: k for k, page in enumerate(deck.pages) if page.network}
    todo = {n.spec.key: n for n in networks if _sized(n)}
    cells.code("setup", "import numpy as np")
    for k, page in enumerate(deck.pages):
        cells.markdown(page.id, page_markdown(page))
        if last.get(page.network) == k and page.network in todo:
            cells.network(todo.pop(page.network))
    for network in todo.values():
        cells.network(network)
    spec = _spec_text(networks)
    if spec:
        names = [t.name for t in networks[0].parameters]
        cells.heading("sympy", "notebook_sympy")
        cells.code("sympy-code", _SYMPY.format(spec=_literal(spec), names=names).strip("\n"))
    made = {
        "cells": cells.made,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": deck.name,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _spec_text(networks: Sequence[Network]) -> str:
    """The spec's file; empty for a spec that is a mapping."""
    where = networks[0].spec.where if networks else ""
    path = Path(where) if where else None
    return path.read_text("utf-8") if path is not None and path.is_file() else ""


def _literal(text: str) -> str:
    """A text as readable Python: one string per line."""
    lines = "".join(f"    {line!r}\n" for line in text.splitlines(keepends=True))
    return f"(\n{lines})"


def _sized(network: Network) -> bool:
    """Can arrays have its sizes, and NumPy its functions?"""
    axes = [a for t in network.tensors.values() for a in t.axes if a != BATCH]
    if any(not isinstance(network.size(a), int) for a in axes):
        return False
    try:
        NetworkCells(network, ())
    except ChalkgradError:
        return False
    return True


class _Cells:
    def __init__(self, deck: Deck) -> None:
        self.deck, self.words = deck, words(deck.language)
        self.figures = figures_of(deck)
        self.made: list[Cell] = []
        self.ids: set[str] = set()

    def network(self, network: Network) -> None:
        key = network.spec.key
        for name, source in NetworkCells(network, self.figures).cells():
            stem = f"{key}-{name.removeprefix('notebook_')}"
            self.heading(stem, name, plain(network.name))
            self.code(f"{stem}-code", source)

    def heading(self, key: str, word: str, about: str = "") -> None:
        said = rich(self.words(word))
        self.markdown(key, f"### {said}" + (f" ({about})" if about else ""))

    def markdown(self, key: str, text: str) -> None:
        self.add(key, {"cell_type": "markdown", "source": text})

    def code(self, key: str, text: str) -> None:
        self.add(key, {"cell_type": "code", "source": text, "execution_count": None, "outputs": []})

    def add(self, key: str, cell: Cell) -> None:
        cell["source"] = cell["source"].splitlines(keepends=True)
        self.made.append({**cell, "id": self.id(key), "metadata": {}})

    def id(self, key: str) -> str:
        """At most 64 letters, digits, - and _; no two alike."""
        made = re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-")[:48] or "cell"
        if made in self.ids or made != key:
            made += "-" + hashlib.sha256(f"{key}/{len(self.made)}".encode()).hexdigest()[:8]
        self.ids.add(made)
        return made
