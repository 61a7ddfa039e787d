"""``chalkgrad train``: what it does stands in `codegen.report.command`."""

from __future__ import annotations

import inspect
from typing import Any

from typer import Exit

from ..report.options import Asked


def train(**given: Any) -> None:
    """Train the network with NumPy; write weights, history and a report."""
    from ..report.command import train_spec

    code = train_spec(Asked(**given))
    if code:
        raise Exit(code)


# typer reads the options from the signature: they are declared once, as the fields of Asked
train.__signature__ = inspect.signature(Asked, eval_str=True)  # type: ignore[attr-defined]
