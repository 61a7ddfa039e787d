"""What a long command is doing right now: one line each on a terminal, nothing anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class Making:
    """Lines that stand while something is made: ``with making("slides.pdf") as tell: …``, where
    ``tell(text)`` says how far it is.

    They vanish when it is done, so that a terminal keeps only what the command says. Threads may
    use one object together.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._shown: Progress | None = None

    def __enter__(self) -> Making:
        if self.console.is_terminal:
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            # markup=False: file names come from specs
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
            )
            self._shown = Progress(*columns, console=self.console, transient=True)
            self._shown.start()
        return self

    def __exit__(self, *fault: object) -> None:
        if self._shown is not None:
            self._shown.stop()

    @contextmanager
    def __call__(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show ``what`` as long as the block runs."""
        shown = self._shown
        if shown is None:
            yield lambda said: None
            return
        task = shown.add_task(what, total=None)
        try:
            yield lambda said: shown.update(task, description=f"{what}: {said}")
        finally:
            shown.remove_task(task)
