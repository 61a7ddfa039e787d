"""What ``chalkgrad train`` does: load the program, run it, measure, write everything or nothing."""

from __future__ import annotations

import importlib.util
import math
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from ...derive.language.errors import ChalkgradError, MissingProgramError
from ...derive.optimizers.settings import update_of
from ...derive.pipeline import Network
from ..console.output import standard_output, tell_written
from ..console.specs import file_name, load_networks
from ..console.stage import Stage, check_folder
from ..targets.numpy.training.loaded import load_program, told
from ..terminal.printable import printable
from .asked import (
    check_options,
    command_line,
    lectured,
    network_to_train,
    settings_of,
    with_stop,
)
from .measured import Facts, confusion, measured
from .options import Asked
from .progress import epochs_shown
from .regions import regions
from .trace import Recorder, chosen_rounds, trace_table

INSTALL = "pip install 'chalkgrad[report]'"
STOPPED = 130  # the exit code of a program that Ctrl-C ended
MEANINGS = {
    "_history.csv": "every epoch: loss, accuracy, rate, gradient norm",
    "_report.html": "the report, with figures",
    "_report.png": "the figures on one sheet",
    "_trace.tex": "the rounds as a table",
    ".checkpoint": "where --resume goes on",
    ".npz": "the weights",
    ".safetensors": "the weights",
}


def train_spec(asked: Asked) -> int:
    """Train a network of a spec; write weights, history and report; the exit code.

    Raises ChalkgradError where the spec, an option or the data is wrong, MissingProgramError
    where a report is asked for and matplotlib is not there.
    """
    check_options(asked)
    shown = chosen_rounds(asked.show)
    if asked.report and not _can_draw():
        what = "the report needs matplotlib"
        raise MissingProgramError(what, where="--report", hint=INSTALL)
    networks = load_networks(asked.spec, asked.sets or ())
    network = network_to_train(networks, asked.network)
    lecture = lectured(network) if asked.trace else None
    stop = asked.stop
    if stop is None and lecture is not None and network.spec.train.stop is None:
        stop = lecture.stop
    network = with_stop(network, stop)
    program = load_program(network.derive())
    settings = settings_of(program, asked, network, lecture)
    job = _Job(asked, network, program, settings, Path("build", file_name(networks)))
    try:
        with _ended_by_signal(), told(program):
            job.run(shown)
    except KeyboardInterrupt:
        typer.echo(printable(f"{network.name}: stopped.{job.safe()}"), err=True)
        return STOPPED
    return 0


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM ends a run like Ctrl-C: the checkpoint stays, nothing else does."""
    kept = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, kept)


class _Job:
    """One run of the command."""

    def __init__(
        self, asked: Asked, network: Network, program: Any, settings: Any, default: Path
    ) -> None:
        self.asked, self.network, self.program, self.settings = asked, network, program, settings
        self.console = standard_output(quiet=asked.quiet)
        self.target = asked.output or default
        path = asked.checkpoint
        self.checkpoint = str(self.target / f"{network.name}.checkpoint") if path is None else path
        self.weights = asked.weights

    def run(self, shown: tuple[int | str, ...]) -> None:
        """Train, measure, write, tell."""
        asked, program, settings = self.asked, self.program, self.settings
        data, start = self._data()
        dtype = np.dtype(settings.dtype)
        judged = self._read(asked.validation_data, dtype)
        test = self._read(asked.test_data, dtype)
        learned, held = program.held_out(data, judged, settings)
        for k in shown:
            if k != "last" and int(k) > settings.epochs:
                what = f"round {k} is not there, the run has {settings.epochs} rounds"
                raise ChalkgradError(what, where="--show", hint="--show 1,2,3,last")
        if self.checkpoint and not (asked.resume or asked.fresh):
            self._unfinished()
        with ExitStack() as stack:
            stack.enter_context(_folder(self.target))
            stage = stack.enter_context(Stage(self.target))
            self._can_write()
            recorder = Recorder(program, learned, shown) if asked.trace else None
            if recorder is not None:
                recorder.begin(program.begun(settings, start))
            run = self._trained(data, judged, start, recorder)
            facts = self._facts(run, learned, held, test)
            params = program.learned_params(run, held is not None)
            program.save_weights(stage.place(self._weights_name()), params)
            if self.weights is None:
                stage.keep(self._weights_name())
            history = {"epoch": range(1, run.epoch + 1), **run.history}
            stage.output(f"{self.network.name}_history.csv", program.table(history))
            table = self._trace(stage, recorder, learned)
            drawn = self._report(stage, facts)
            written = [*stage.install(), *self._moved(stage)]
        self._tell(facts, table, written, drawn)

    def _can_write(self) -> None:
        """What would go wrong at the end of the run is told before it begins."""
        asked, program = self.asked, self.program
        read = asked.data, asked.validation_data, asked.test_data
        program.nothing_written_over(read, (self.weights, self.checkpoint))
        if self.weights is not None:
            program.must_be_writable(self.weights)
        if Path(self._weights_name()).suffix == ".safetensors":
            program.safetensors()
        if self.checkpoint:
            program.must_be_writable(self.checkpoint)

    def _unfinished(self) -> None:
        """Raise ChalkgradError where a checkpoint of an interrupted run would be lost."""
        if Path(self.checkpoint).exists():
            run = self.program.checkpoint_content(self.checkpoint)[0]["run"]
            if not run["ended"]:
                what = f"a run was interrupted after epoch {run['epoch']}"
                hint = "--resume goes on, --fresh starts anew"
                raise ChalkgradError(what, where=self.checkpoint, hint=hint)

    # -- the run -------------------------------------------------------------------------------

    def _data(self) -> tuple[Any, Any]:
        """(samples, start): of the file, or the spec's own numbers."""
        asked, program = self.asked, self.program
        dtype = np.dtype(self.settings.dtype)
        params, numbers = program.own_numbers(dtype)
        if asked.data is None and numbers is None:
            hint = "--data train.csv, or numbers in the spec: `samples:` and `values:`"
            raise ChalkgradError("there is no data to learn from", where="--data", hint=hint)
        wanted = asked.start or self.network.spec.train.start
        if wanted == "example" and params is None:
            hint = "give `values:` in the spec, or --start random"
            what = f"the spec gives no parameters to start from: {', '.join(program.DRAWN)}"
            raise ChalkgradError(what, where="--start", hint=hint)
        wanted = wanted or ("random" if asked.data else "example")
        data = numbers if asked.data is None else program.read_data(asked.data, dtype)
        return data, params if wanted == "example" else None

    def _read(self, path: str | None, dtype: Any) -> Any:
        return None if path is None else self.program.read_data(path, dtype)

    def _trained(self, data: Any, judged: Any, start: Any, recorder: Recorder | None) -> Any:
        settings, checkpoint = self.settings, self.checkpoint or None
        with epochs_shown(self.console, settings.epochs) as moved:

            def heard(run: Any) -> None:
                moved(run)
                if recorder is not None:
                    recorder(run)

            return self.program.train(
                data, settings, judged, start, checkpoint, self.asked.resume, heard
            )

    def _facts(self, run: Any, learned: Any, held: Any, test: Any) -> Facts:
        program, asked = self.program, self.asked
        params = program.learned_params(run, held is not None)
        # a report is handed on: it names files without their folders
        source = Path(asked.data).name if asked.data else "the spec's numbers"
        judged = Path(asked.validation_data or f"{source}, held out").name
        given = (("training", source, learned), ("validation", judged, held),
                 ("test", Path(asked.test_data or "").name, test))  # fmt: skip
        sets = [measured(program, params, *row) for row in given if row[-1] is not None]
        return Facts(
            self.network, update_of(self.network), self.settings, run.history, run.epoch, run.t,
            run.ended, run.best_epoch if held is not None else run.epoch, tuple(sets),
            confusion(program, params, sets[-1]), regions(program, params, learned),
            program.run_card(self.settings, learned, None)["data"], command_line(asked),
        )  # fmt: skip

    # -- files ---------------------------------------------------------------------------------

    def _weights_name(self) -> str:
        suffix = Path(self.weights).suffix if self.weights else ".npz"
        if suffix.lower() not in (".npz", ".safetensors"):
            what = f"expected a file .npz or .safetensors, got '{self.weights}'"
            raise ChalkgradError(what, where="--weights")
        return f"{self.network.name}{suffix}"

    def _moved(self, stage: Stage) -> list[Path]:
        """The weights, where they were asked for elsewhere."""
        if self.weights is None:
            return []
        with self.program.replaced(self.weights) as stream:
            stream.write((stage.work / self._weights_name()).read_bytes())
        return [Path(self.weights)]

    def _trace(self, stage: Stage, recorder: Recorder | None, learned: Any) -> Any:
        if recorder is None:
            return None
        several = 0 < self.settings.batch < len(learned[0])
        table = trace_table(self.network, recorder, self.program.STOP, several)
        stage.output(f"{self.network.name}_trace.tex", table.tex())
        return table.table()

    def _report(self, stage: Stage, facts: Facts) -> bool:
        """HTML and PNG; False where they are wanted and cannot be made."""
        if self.asked.report is False:
            return True
        if not _can_draw():
            return False
        from .figures import figures, png
        from .page import html_report

        name = self.network.name
        made = figures(facts)
        stage.output(f"{name}_report.html", html_report(facts, made))
        title = f"{name}: {facts.update.rule.name}, epoch {facts.epochs}"
        stage.place(f"{name}_report.png").write_bytes(png(made, title))
        stage.keep(f"{name}_report.png")
        return True

    # -- what is said --------------------------------------------------------------------------

    def safe(self) -> str:
        """After Ctrl-C: what is not lost, and how to go on."""
        try:
            run = self.program.checkpoint_content(self.checkpoint)[0]["run"]
        except self.program.Fault:
            return " Nothing is kept."
        if run["ended"]:  # a checkpoint of a run before this one
            return " Nothing of this run is kept."
        said = f" Epoch {run['epoch']} is safe in {self.checkpoint}"
        return f"{said}\n  hint: --resume goes on from there"

    def _tell(self, facts: Facts, table: Any, written: list[Path], drawn: bool) -> None:
        say = self.console.print
        if table is not None:
            _whole(self.console, table)
        name = self.network.name
        said = f"{facts.epochs} epochs ({facts.ended}); the weights of epoch {facts.saved}:"
        say(f"{name}: {said}", soft_wrap=True)
        width = max(len(s.name) for s in facts.sets)
        for s in facts.sets:
            right = "" if math.isnan(s.accuracy) else f"  right {s.accuracy:.2%}"
            said = f"loss {s.loss:.6g}{right}  ({s.samples} samples)"
            say(f"  {s.name:<{width}}  {said}", soft_wrap=True)
        if self.checkpoint:
            written = [*written, Path(self.checkpoint)]
        tell_written({str(path): _meaning(path.name) for path in written}, self.console)
        if not drawn:
            said = f"no report: matplotlib is not installed\n  hint: {INSTALL}"
            say(said, style="yellow", soft_wrap=True)


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """The folder of the outputs and the checkpoint; it goes where nothing came into it."""
    made = [p for p in (path, *path.parents) if not p.exists()]
    check_folder(path)
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in made:
            if not any(folder.iterdir()):
                folder.rmdir()


def _meaning(name: str) -> str:
    return next((said for end, said in MEANINGS.items() if name.endswith(end)), "")


def _whole(console: Console, table: Table) -> None:
    """Print a table with all its digits, wider than the terminal if it must be."""
    wide = Measurement.get(console, console.options.update(max_width=10_000), table).maximum
    kept, console.width = console.width, max(wide, console.width)
    console.print(table, crop=False)
    console.width = kept


def _can_draw() -> bool:
    return importlib.util.find_spec("matplotlib") is not None
