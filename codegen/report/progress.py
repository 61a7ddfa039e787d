"""A line on the terminal that says how a run goes; nothing where nobody looks on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_LABELS = {"loss": "loss", "validation_loss": "validation", "accuracy": "right",
           "validation_accuracy": "validation right"}  # fmt: skip


def told_numbers(history: dict[str, list[float]]) -> str:
    """``loss 0.0123  right 98.20%``: the last epoch."""
    parts = []
    for name, label in _LABELS.items():
        if history.get(name):
            value = history[name][-1]
            parts.append(f"{label} {value:.2%}" if "accuracy" in name else f"{label} {value:.6g}")
    return "  ".join(parts)


@contextmanager
def epochs_shown(console: Console, total: int) -> Iterator[Callable[[Any], None]]:
    """What the program calls after every epoch: moves a bar with the loss and the time left."""
    if console.quiet or not console.is_terminal:
        yield lambda run: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("epoch"), MofNCompleteColumn(), BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=total)
        yield lambda run: shown.update(
            task, completed=run.epoch, description=told_numbers(run.history)
        )
