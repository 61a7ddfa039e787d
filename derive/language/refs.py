"""How an entry of a tensor is called everywhere: ``W0[1,0]``, by its name alone if it has no index.

Pages, pictures, the manifest and the terminal name entries so.
"""

from __future__ import annotations

from collections.abc import Sequence


def ref(name: str, at: Sequence[int | str] = ()) -> str:
    return f"{name}[{','.join(map(str, at))}]" if at else name


def entry_of(text: str) -> tuple[str, tuple[int, ...]]:
    """The tensor and the indices of what `ref` made."""
    name, _, at = text.rstrip("]").partition("[")
    return name, tuple(int(k) for k in at.split(",") if k)
