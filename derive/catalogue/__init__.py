"""The shipped layers, activations, losses, penalties: each only its forward equation (*.yaml).

in:    a name
out:   `Definition`
names: `names`, `definition`
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from ..language.errors import ChalkgradError, suggest
from ..spec.definition import Definition

_HEAD = re.compile(r"^([a-z][a-z0-9_]*):\s*$", re.MULTILINE)


@cache
def _blocks() -> dict[str, tuple[str, str]]:
    """name -> (file, its YAML block); a block is parsed only when it is asked for."""
    found: dict[str, tuple[str, str]] = {}
    folder = resources.files(__name__)
    for file in sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml")):
        text = folder.joinpath(file).read_text("utf-8")
        heads = list(_HEAD.finditer(text))
        for k, head in enumerate(heads):
            stop = heads[k + 1].start() if k + 1 < len(heads) else len(text)
            found[head.group(1)] = (file, text[head.start() : stop])
    return found


def names() -> list[str]:
    """Every entry, by name."""
    return sorted(_blocks())


@cache
def definition(name: str) -> Definition:
    """One entry. Raises ChalkgradError, with a suggestion, for an unknown name."""
    from ..spec.spec import load_definitions

    block = _blocks().get(name)
    if block is None:
        raise ChalkgradError(f"there is no layer '{name}'", hint=suggest(name, names()))
    return load_definitions(block[1], f"catalogue/{block[0]}")[name]
