"""``chalkgrad build``: every output of every network of the specs, checked, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from codegen.cli_check import check_path, report_json
from codegen.cli_deck import DEFAULT, LECTURE, build_lecture
from codegen.cli_pdf import compile_pdf
from codegen.cli_specs import file_name, load_networks, words
from codegen.cli_stage import Stage
from derive.errors import BoardOnlyError, MissingProgramError

if TYPE_CHECKING:
    from rich.console import Console

    from derive.derivation import Derivation
    from derive.network import Network

# output -> what it is, in the order in which they are made
OUTPUTS = {
    "numpy": "forward, backward and a check of itself; needs NumPy only",
    "json": "the gradient report",
    "latex": "the derivation as an article",
    **LECTURE,
    "pdf": "the same, typeset",
}
# what stands after the name of the spec or network -> what the file is
MEANINGS = {
    **{f"_{output}.tex": meaning for output, meaning in LECTURE.items()},
    **{f"_{output}.pdf": f"{meaning}, typeset" for output, meaning in LECTURE.items()},
    "_manifest.json": LECTURE["manifest"],
    ".html": LECTURE["html"],
    ".ipynb": LECTURE["notebook"],
    ".sty": "the style that slides, sheets and snippets load",
    ".py": OUTPUTS["numpy"],
    ".json": OUTPUTS["json"],
    ".tex": OUTPUTS["latex"],
    ".pdf": OUTPUTS["pdf"],
}


def build_specs(
    specs: Sequence[str],
    directory: Path | None,
    only: Sequence[str],
    sets: Sequence[str],
    console: Console,
    *,
    show: bool = False,
    trust: bool = False,
) -> bool:
    """Build the specs into ``directory`` (default: each into build/NAME).

    Returns whether no module failed its check; nothing is written where one did. Raises
    ChalkgradError where a spec or an option is wrong, MissingProgramError where the PDF is asked
    for by name and cannot be made. The documents of a lecture are made where the spec has a
    ``deck:`` or ``only`` names them; ``trust`` admits raw TeX in the lecturer's own slides.
    """
    wanted = words("--only", only, tuple(OUTPUTS))
    plan: dict[Path, list[list[Network]]] = {}
    for spec in specs:
        networks = load_networks(spec, sets)
        target = directory or Path("build", file_name(networks))
        plan.setdefault(target, []).append(networks)
    with ExitStack() as stack:
        stages = {target: stack.enter_context(Stage(target)) for target in plan}
        passed = [
            _build_network(stages[target], network, wanted, console, show=show)
            for target, files in plan.items()
            for networks in files
            for network in networks
        ]
        if not all(passed):
            console.print("A module failed its check, so nothing was written.", style="bold red")
            return False
        for target, files in plan.items():
            for networks in files:
                _lecture(stages[target], networks, wanted, console, trust=trust)
        for stage in stages.values():
            _tell_written(stage.install(), console)
    return True


def _build_network(
    stage: Stage, network: Network, wanted: Sequence[str], console: Console, *, show: bool
) -> bool:
    """Make the outputs of one network in the stage; False where its module fails its check."""
    made = wanted or list(OUTPUTS)
    derivation = network.derive()
    if show:
        from codegen import terminal

        terminal.diagram(network, console)
        terminal.show(derivation, [], [], console)
    ok = True
    if "numpy" in made or "json" in made:
        try:
            ok = _module(stage, network.name, derivation, made, console)
        except BoardOnlyError as board:
            if wanted:
                raise
            console.print(f"{network.name}: no module: {board.what}", style="yellow")
    if ok and ("latex" in made or "pdf" in made):
        _article(stage, network.name, derivation, made, console, must="pdf" in wanted)
    return ok


def _lecture(
    stage: Stage,
    networks: Sequence[Network],
    wanted: Sequence[str],
    console: Console,
    *,
    trust: bool,
) -> None:
    """The documents that are asked for, or those of a spec with a ``deck:``."""
    made = [output for output in LECTURE if output in wanted]
    if not wanted and networks[0].spec.deck:
        made = list(DEFAULT)
    if made:
        pdf = not wanted or "pdf" in wanted or "frames" in wanted
        must = "pdf" in wanted or "frames" in wanted
        build_lecture(stage, networks, made, console, pdf=pdf, must=must, trust=trust)


def _module(stage: Stage, name: str, d: Derivation, made: Sequence[str], console: Console) -> bool:
    """Write the module into the stage, check it there, print the report."""
    from codegen.module import numpy_module

    report = check_path(stage.write(f"{name}.py", numpy_module(d)), console)
    if "numpy" in made:
        stage.keep(f"{name}.py")
    if "json" in made:
        stage.write(f"{name}.json", report_json([report]))
        stage.keep(f"{name}.json")
    return not report.failed


def _article(
    stage: Stage, name: str, d: Derivation, made: Sequence[str], console: Console, *, must: bool
) -> None:
    """Write the article into the stage and typeset it.

    Where TeX is missing that is an error only if the PDF was asked for by name (``must``).
    """
    from codegen.latex_article import article

    tex = stage.write(f"{name}.tex", article(d))
    if "latex" in made:
        stage.keep(f"{name}.tex")
    if "pdf" in made:
        try:
            compile_pdf(tex)
        except MissingProgramError as missing:
            if must:
                raise
            console.print(f"no PDF: {missing}", style="yellow")
        else:
            stage.keep(f"{name}.pdf")


def _tell_written(paths: Sequence[Path], console: Console) -> None:
    """One line per file. The path stands first and whole, so that it can be copied."""
    width = max((len(str(path)) for path in paths), default=0)
    for path in paths:
        meaning = next((m for end, m in MEANINGS.items() if path.name.endswith(end)), "")
        line = f"wrote {path!s:<{width}}  {meaning}"
        console.print(line.rstrip(), soft_wrap=True)
