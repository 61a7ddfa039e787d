"""``chalkgrad build``: every output of every network of the specs, checked, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from ...derive.language.errors import BoardOnlyError, ChalkgradError
from ..console.arguments import Sets
from ..console.output import standard_output, tell_written
from ..console.progress import Making
from ..console.specs import file_name, load_networks, words
from ..console.stage import Stage
from ..console.typeset import TYPST, Engine, Press, engine, needed
from ..outputs import LATEX, choices, documents, kinds, meaning, outputs, pictures, targets
from .check import check_path, check_program, effort, report_json
from .deck import build_lecture

if TYPE_CHECKING:
    from ...derive.chainrule.derivation import Derivation
    from ...derive.pipeline import Network
    from ...derive.spec.models import Spec

# the outputs whose module is run and judged before anything is written
CHECKED = ("numpy", "program", "json")
Tell = Callable[[str], None]
# a row of the plan: what is told as long as it is made; what makes it, False where its check fails
Step = tuple[str, Callable[[Tell], bool]]


def build(
    specs: Annotated[
        list[str], Argument(metavar="SPEC", help="Spec files, or names of shipped examples.")
    ],
    directory: Annotated[
        Path | None,
        Option("-o", "--output", metavar="DIR", help="Where to write; default build/NAME."),
    ] = None,
    only: Annotated[list[str] | None, Option(metavar="LIST", help=choices())] = None,
    sets: Sets = None,
    show: Annotated[
        bool, Option("--show", help="Print the network and its derivation, too.")
    ] = False,
    trust: Annotated[
        bool, Option("--trust", help="Admit raw TeX in the lecturer's own slides.")
    ] = False,
    pdf: Annotated[
        str,
        Option(
            "--pdf",
            metavar="ENGINE",
            help="What sets the PDFs: typst (in seconds) or tex "
            "(pdflatex, the default where it is installed).",
        ),
    ] = "",
    how: Annotated[
        str,
        Option("--check", metavar="HOW", help="full, quick (a budget of seconds) or none."),
    ] = "quick",
) -> None:
    """Write every output of the spec and check the module."""
    wanted = words("--only", only or (), tuple(outputs()))
    if effort(how) == "none" and "json" in wanted:
        raise ChalkgradError("without a check there is no report", where="--check")
    plan = []
    for spec in specs:
        networks = load_networks(spec, sets or ())
        plan.append((directory or Path("build", file_name(networks)), networks))
    by = engine(pdf)
    needed(wanted, by)
    console = standard_output()
    with ExitStack() as stack:
        folders = dict.fromkeys(target for target, _ in plan)
        stages = {target: stack.enter_context(Stage(target)) for target in folders}
        with Making(console) as making:
            job = _Build(wanted, how, show, trust, by, making, Press())
            passed = [job.network(stages[t], network) for t, some in plan for network in some]
            if all(passed):
                for target, networks in plan:
                    job.lecture(stages[target], networks)
                job.press.typeset(making, must=not {"pdf", *pictures()}.isdisjoint(wanted))
        if not all(passed):
            said = "A module or program failed its check, so nothing was written."
            console.print(said, style="bold red")
            raise Exit(1)
        written = [stage.install() for stage in stages.values()]
    if by == "typst" and not pdf and any(p.suffix == ".pdf" for paths in written for p in paths):
        console.print("Typst set the PDFs: there is no pdflatex here.")
    for paths in written:
        tell_written(_said(paths), console)


@dataclass(frozen=True)
class _Build:
    """What one run of ``build`` is asked for, and what its outputs share.

    Where ``wanted`` names no output, the rows of `outputs` say what is made: some always, some
    where the spec has a ``train:`` or a ``deck:``. ``how`` modules are checked: full, quick, or
    none (their heads say so, and there are no reports).
    """

    wanted: Sequence[str]
    how: str
    show: bool
    trust: bool
    engine: Engine
    making: Making
    press: Press

    @property
    def pdf(self) -> bool:
        return not self.wanted or "pdf" in self.wanted

    @property
    def article_pdf(self) -> bool:
        """`--only slides,pdf` are the slides; the article's PDF is asked for with it or alone."""
        typeset = {row.name for row in documents().values() if row.tex}
        return self.pdf and ("latex" in self.wanted or typeset.isdisjoint(self.wanted))

    def rows(self, spec: Spec) -> list[str]:
        """What is made of a network or lecture with this spec."""
        return [r.name for r in outputs().values() if r.name in self.wanted
                or (not self.wanted and r.due(spec))]  # fmt: skip

    def network(self, stage: Stage, network: Network) -> bool:
        """Make the outputs of one network; False where its module fails its check."""
        with self.making(f"{network.name}: the derivation"):
            derivation = network.derive()
        if self.show:
            from ..terminal import show as terminal

            terminal.diagram(network, self.making.console)
            terminal.show(derivation, [], [], self.making.console)
        rows = self.rows(network.spec)
        try:
            passed = self._all(self._code(stage, derivation, rows))
        except BoardOnlyError as fault:
            passed = self._left_out(network.name, "module", fault)
        if passed and (LATEX.name in rows or self.article_pdf):
            with self.making(f"{network.name}: {LATEX.meaning}"):
                self._article(stage, derivation, keep=LATEX.name in rows)
        return passed

    def lecture(self, stage: Stage, networks: Sequence[Network]) -> None:
        """The lecture documents that are asked for, or those of a spec with a ``deck:``."""
        rows = [name for name in self.rows(networks[0].spec) if name in kinds()]
        if rows:
            build_lecture(
                stage,
                networks,
                rows,
                self.making,
                self.press,
                pdf=self.pdf,
                trust=self.trust,
                engine=self.engine,
            )

    def _all(self, plan: Iterator[Step]) -> bool:
        """Go through a plan as far as the checks are passed."""
        for what, make in plan:
            with self.making(what) as tell:
                if not make(tell):
                    return False
        return True

    def _code(self, stage: Stage, d: Derivation, rows: Collection[str]) -> Iterator[Step]:
        """The plan of a network's code: every target, and the check of what NumPy runs."""
        name = d.network.name
        for target in targets().values():
            if target.name in rows and target.name not in CHECKED:
                yield f"{name}: {target.meaning}", partial(self._target, stage, d, target.name)
        if not set(CHECKED).isdisjoint(rows):
            yield f"{name}: the module and its check", partial(self._module, stage, d, rows)
        if "program" in rows:
            yield f"{name}_train.py: the program and its check", partial(self._program, stage, d)

    def _target(self, stage: Stage, d: Derivation, target: str, _: Tell) -> bool:
        for name, text in targets()[target].emit(d).items():
            stage.output(name, text)
        return True

    def _module(self, stage: Stage, d: Derivation, rows: Collection[str], tell: Tell) -> bool:
        """Write the module into the stage, check it there, print the report."""
        name = d.network.name
        text = _module_text(d, "program" in rows)
        if "program" in rows or "numpy" in rows:
            stage.keep(f"{name}.py")
        if self.how == "none":
            from ..targets.numpy.module import not_checked

            stage.write(f"{name}.py", not_checked(text))
            return self._not_checked(name)
        path = stage.write(f"{name}.py", text)
        report = check_path(path, self.making.console, d.network, how=self.how, tell=tell)
        if "json" in rows:
            stage.output(f"{name}.json", report_json([report]))
        return not report.failed

    def _program(self, stage: Stage, d: Derivation, _: Tell) -> bool:
        """Write the program beside the module, and let it check itself in a process of its own."""
        from ..targets.numpy.training.program import UntrainableError

        name = f"{d.network.name}_train.py"
        try:
            text = targets()["program"].emit(d)[name]
        except UntrainableError as fault:
            return self._left_out(d.network.name, "program", fault)
        except ChalkgradError as fault:
            raise fault.inside(d.network.name) from None
        path = stage.output(name, text)
        if self.how == "none":
            return self._not_checked(name)
        return check_program(path, self.making.console)

    def _article(self, stage: Stage, d: Derivation, *, keep: bool) -> None:
        """Write the article into the stage, and hand it to the press."""
        from ..article.article import proved
        from ..article.tex import paper_tex

        paper = proved(d)
        source = stage.write(f"{d.network.name}.tex", paper_tex(paper))
        if keep:
            stage.keep(source.name)
        if self.article_pdf:
            if self.engine == "typst":
                from ..documents.typst.article import article_typst

                text = article_typst(paper, d.network.name)
                source = stage.write(f"{d.network.name}{TYPST}", text)
            self.press.add(stage, source, albums={})

    def _left_out(self, name: str, what: str, fault: ChalkgradError) -> bool:
        """Without what nobody asked for by name a build goes on. Raises the fault otherwise."""
        if self.wanted:
            raise fault.inside(name) from None
        said = f"{name}: no {what}: {fault.what}"
        self.making.console.print(said, style="yellow", soft_wrap=True)
        return True

    def _not_checked(self, name: str) -> bool:
        self.making.console.print(f"{name}: not checked", style="yellow")
        return True


def _module_text(d: Derivation, trained: bool) -> str:
    """The module; for a training program with the second derivatives that its rule needs."""
    if trained or targets()["program"].due(d.network.spec):
        from ..targets.numpy.training.program import module_of

        return module_of(d)
    return targets()["numpy"].emit(d)[f"{d.network.name}.py"]


def _said(paths: Sequence[Path]) -> dict[str, str]:
    """What each file is; of the files in a folder only how many they are."""
    top = min((len(path.parts) for path in paths), default=0)
    said: dict[str, str] = {}
    for path in paths:
        if len(path.parts) > top:
            folder = path.parent
            count = sum(p.parent == folder for p in paths)
            said[f"{folder}/"] = f"{meaning(f'{folder.name}/')} ({count} files)"
        else:
            said[str(path)] = meaning(path.name)
    return said
