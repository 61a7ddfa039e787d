"""``chalkgrad build``: every output of every network of the specs, checked, all or nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ...derive.language.errors import BoardOnlyError, ChalkgradError
from ..console.progress import Making
from ..console.specs import file_name, load_networks, words
from ..console.stage import Stage
from ..console.typeset import Press, needed
from ..outputs import LATEX, documents, kinds, meaning, outputs, pictures, targets
from .check import check_path, check_program, effort, report_json
from .deck import LectureJob, build_lecture

if TYPE_CHECKING:
    from rich.console import Console

    from ...derive.chainrule.derivation import Derivation
    from ...derive.pipeline import Network
    from ...derive.spec.models import Spec

# the outputs whose module is run and judged before anything is written
CHECKED = ("numpy", "program", "json")


def build_specs(
    specs: Sequence[str],
    directory: Path | None,
    only: Sequence[str],
    sets: Sequence[str],
    console: Console,
    *,
    show: bool = False,
    trust: bool = False,
    how: str = "quick",
) -> bool:
    """Build the specs into ``directory`` (default: each into build/NAME).

    Returns whether no module failed its check; nothing is written where one did. Raises
    ChalkgradError where a spec or an option is wrong, MissingProgramError where PDFs or frames are
    asked for by name and cannot be made. Where ``only`` names nothing, the rows of `outputs` say
    what is made: some always, some where the spec has a ``train:`` or a ``deck:``. ``trust`` admits
    raw TeX in the lecturer's own slides. ``how`` modules are checked: full, quick, or none (their
    heads say so, and there are no reports).
    """
    wanted = words("--only", only, tuple(outputs()))
    if effort(how) == "none" and "json" in wanted:
        raise ChalkgradError("without a check there is no report", where="--check")
    plan: dict[Path, list[list[Network]]] = {}
    for spec in specs:
        networks = load_networks(spec, sets)
        target = directory or Path("build", file_name(networks))
        plan.setdefault(target, []).append(networks)
    needed(wanted)
    with ExitStack() as stack:
        stages = {target: stack.enter_context(Stage(target)) for target in plan}
        files = [(stages[target], networks) for target, some in plan.items() for networks in some]
        with Making(console) as making:
            job = _Job(wanted, console, making, Press(), show=show, trust=trust, how=how)
            passed = [job.network(stage, network) for stage, some in files for network in some]
            if all(passed):
                for stage, networks in files:
                    job.lecture(stage, networks)
                job.typeset()
        if not all(passed):
            said = "A module or program failed its check, so nothing was written."
            console.print(said, style="bold red")
            return False
        written = [stage.install() for stage in stages.values()]
    for paths in written:
        _tell_written(paths, console)
    return True


class _Job:
    """One run of ``build``: what is wanted, and what the outputs share."""

    def __init__(
        self, wanted: Sequence[str], console: Console, making: Making, press: Press, *,
        show: bool, trust: bool, how: str,
    ) -> None:  # fmt: skip
        self.wanted, self.show, self.how = wanted, show, how
        self.console, self.making, self.press = console, making, press
        self.must = not {"pdf", *pictures()}.isdisjoint(wanted)
        pdf = not wanted or "pdf" in wanted
        # `--only slides,pdf` are the slides; the article's PDF is asked for with it or alone
        typeset = {row.name for row in documents().values() if row.runs}
        self.article_pdf = pdf and ("latex" in wanted or typeset.isdisjoint(wanted))
        self.lectures = LectureJob(console, making, press, pdf, trust)

    def outputs(self, spec: Spec) -> list[str]:
        """What is made of a network or lecture with this spec."""
        return [r.name for r in outputs().values() if r.name in self.wanted
                or (not self.wanted and r.due(spec))]  # fmt: skip

    def network(self, stage: Stage, network: Network) -> bool:
        """Make the outputs of one network; False where its module fails its check."""
        with self.making(f"{network.name}: the derivation"):
            derivation = network.derive()
        if self.show:
            from ..terminal import show as terminal

            terminal.diagram(network, self.console)
            terminal.show(derivation, [], [], self.console)
        made = self.outputs(network.spec)
        try:
            ok = self.code(stage, derivation, made)
        except BoardOnlyError as board:
            if self.wanted:
                raise board.inside(network.name) from None
            said = f"{network.name}: no module: {board.what}"
            self.console.print(said, style="yellow", soft_wrap=True)
            ok = True
        if ok and (LATEX.name in made or self.article_pdf):
            with self.making(f"{network.name}: {LATEX.meaning}"):
                self.article(stage, network.name, derivation, keep=LATEX.name in made)
        return ok

    def code(self, stage: Stage, d: Derivation, made: Collection[str]) -> bool:
        """The code of every target; False where what NumPy runs fails its check."""
        for target in targets().values():
            if target.name in made and target.name not in CHECKED:
                with self.making(f"{d.network.name}: {target.meaning}"):
                    for name, text in target.emit(d).items():
                        stage.output(name, text)
        if set(CHECKED).isdisjoint(made):
            return True
        ok = self.module(stage, d, made)
        return ok and ("program" not in made or self.program(stage, d))

    def module(self, stage: Stage, d: Derivation, made: Collection[str]) -> bool:
        """Write the module into the stage, check it there, print the report."""
        name = d.network.name
        with self.making(f"{name}: the module and its check") as tell:
            text = _module_text(d, "program" in made)
            if "program" in made or "numpy" in made:
                stage.keep(f"{name}.py")
            if self.how == "none":
                return self.unchecked(stage, name, text)
            path = stage.write(f"{name}.py", text)
            report = check_path(path, self.console, d.network, how=self.how, tell=tell)
        if "json" in made:
            stage.output(f"{name}.json", report_json([report]))
        return not report.failed

    def unchecked(self, stage: Stage, name: str, text: str) -> bool:
        """Write the module with a head that says what was not done."""
        from ..targets.numpy.module import not_checked

        stage.write(f"{name}.py", not_checked(text))
        self.console.print(f"{name}: not checked", style="yellow")
        return True

    def program(self, stage: Stage, d: Derivation) -> bool:
        """Write the program beside the module, and let it check itself in a process of its own."""
        from ..targets.numpy.training.program import UntrainableError

        name = f"{d.network.name}_train.py"
        with self.making(f"{name}: the program and its check"):
            try:
                text = targets()["program"].emit(d)[name]
            except ChalkgradError as fault:
                if self.wanted or not isinstance(fault, UntrainableError):
                    raise fault.inside(d.network.name) from None
                said = f"{d.network.name}: no program: {fault.what}"
                self.console.print(said, style="yellow", soft_wrap=True)
                return True
            path = stage.output(name, text)
            if self.how == "none":
                self.console.print(f"{name}: not checked", style="yellow")
                return True
            return check_program(path, self.console)

    def article(self, stage: Stage, name: str, d: Derivation, *, keep: bool) -> None:
        """Write the article into the stage, and hand it to the press."""
        from ..article.article import article

        tex = stage.write(f"{name}.tex", article(d))
        if keep:
            stage.keep(f"{name}.tex")
        if self.article_pdf:
            self.press.add(stage, tex, runs=LATEX.runs)

    def lecture(self, stage: Stage, networks: Sequence[Network]) -> None:
        """The lecture documents that are asked for, or those of a spec with a ``deck:``."""
        made = [name for name in self.outputs(networks[0].spec) if name in kinds()]
        if made:
            build_lecture(stage, networks, made, self.lectures)

    def typeset(self) -> None:
        """Everything that is LaTeX, and the pictures of the slides."""
        self.press.typeset(self.console, self.making, must=self.must)
        self.lectures.albums.make(self.making)


def _module_text(d: Derivation, trained: bool) -> str:
    """The module; for a training program with the second derivatives that its rule needs."""
    if trained or targets()["program"].due(d.network.spec):
        from ..targets.numpy.training.program import module_of

        return module_of(d)
    return targets()["numpy"].emit(d)[f"{d.network.name}.py"]


def _tell_written(paths: Sequence[Path], console: Console) -> None:
    """One line per file, or per folder of files. The path stands first and whole, so that it can
    be copied."""
    top = min((len(path.parts) for path in paths), default=0)
    lines: dict[str, str] = {}
    for path in paths:
        if len(path.parts) > top:
            folder = path.parent
            count = sum(p.parent == folder for p in paths)
            lines[f"{folder}/"] = f"{meaning(f'{folder.name}/')} ({count} files)"
        else:
            lines[str(path)] = meaning(path.name)
    width = max(map(len, lines), default=0)
    for name, said in lines.items():
        console.print(f"wrote {name:<{width}}  {said}".rstrip(), soft_wrap=True)
