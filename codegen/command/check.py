"""``chalkgrad check``: the gradient report of specs and of modules, hand-written ones too."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Exit, Option

from ...derive.language.errors import ChalkgradError, suggest
from ..console.arguments import Sets
from ..console.output import standard_output
from ..console.progress import Making
from ..console.specs import load_networks

if TYPE_CHECKING:
    from rich.console import Console

    from ...derive.network.network import Network
    from ..checking import Report


EFFORTS = ("full", "quick", "none")


def effort(how: str, allowed: Sequence[str] = EFFORTS) -> str:
    """``how`` much to check. Raises ChalkgradError where it is not among the allowed words."""
    if how not in allowed:
        said = f"'{how}' is not one of {', '.join(allowed)}"
        raise ChalkgradError(said, where="--check", hint=suggest(how, allowed))
    return how


def check(
    targets: Annotated[
        list[str],
        Argument(
            metavar="SPEC|MODULE.py",
            help="Specs, shipped examples, or modules that follow the contract (these are run).",
        ),
    ],
    as_json: Annotated[bool, Option("--json", help="The report as JSON.")] = False,
    sets: Sets = None,
    how: Annotated[
        str, Option("--check", metavar="HOW", help="full or quick (some seconds).")
    ] = "quick",
) -> None:
    """Compare every gradient with finite differences, and forward with the equations."""
    effort(how, EFFORTS[:2])
    with Making(standard_output(quiet=as_json)) as making:
        reports = [r for target in targets for r in _reports(target, sets or (), making, how)]
    if as_json:
        print(report_json(reports), end="")
    raise Exit(1 if any(report.failed for report in reports) else 0)


def check_path(
    path: Path,
    console: Console,
    network: Network | None = None,
    *,
    how: str = "quick",
    tell: Callable[[str], None] = lambda said: None,
) -> Report:
    """Check the module in that file and print the report. Runs the module.

    ``network`` is what the module was made from, so that forward is checked, too; ``how`` is full
    or quick; ``tell`` is called with what is being done.
    """
    from ..checking import check_module, render

    options: dict[str, Any] = {"budget": None} if how == "full" else {}
    report = check_module(path, network=network, tell=tell, **options)
    render(report, console)
    return report


def check_program(path: Path, console: Console) -> bool:
    """Run the check of the training program in that file in a process of its own; did it pass?

    Every line that it prints is printed, a warning or a fault in it is a failure.
    """
    # -E, -s: no variable or folder of the user changes what runs; -B: no __pycache__ is left
    command = [sys.executable, "-E", "-s", "-B", "-W", "error", str(path), "--self-check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    console.print(f"{path.name}", highlight=False)
    for line in (done.stdout + done.stderr).splitlines():
        style = None if line.startswith("ok") else "red"
        console.print(f"  {line}", style=style, markup=False, highlight=False, soft_wrap=True)
    return done.returncode == 0


def report_json(reports: Sequence[Report]) -> str:
    """The reports as one JSON document: ``{"status": …, "reports": […]}``, the worst status first.

    The status is failed, skipped (nothing failed, but a report has nothing to compare) or ok.
    """
    found = {report.status for report in reports}
    status = next(s for s in ("failed", "skipped", "ok") if s in found)
    document = {"status": status, "reports": [report.to_json() for report in reports]}
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _reports(target: str, sets: Sequence[str], making: Making, how: str) -> Iterator[Report]:
    """The report of one module, or one for each network of a spec."""
    with tempfile.TemporaryDirectory(prefix="chalkgrad-") as scratch:
        for path, network in _modules(target, sets, Path(scratch)):
            with making(f"{path.stem}: the check") as tell:
                yield check_path(path, making.console, network, how=how, tell=tell)


def _modules(
    target: str, sets: Sequence[str], scratch: Path
) -> Iterator[tuple[Path, Network | None]]:
    """The files to run, each with the network that it was made from, where that is known.

    Raises ChalkgradError where a module is missing or ``--set`` makes no sense.
    """
    if not target.endswith(".py"):
        from ..targets.numpy.module import numpy_module

        for network in load_networks(target, sets):
            path = scratch / f"{network.name}.py"
            path.write_text(numpy_module(network.derive()), encoding="utf-8", newline="\n")
            yield path, network
        return
    if sets:
        raise ChalkgradError(
            "a module has no keys to set", where="--set", hint="check the spec instead"
        )
    if not Path(target).is_file():
        raise ChalkgradError("no such module", where=target)
    yield Path(target), None
