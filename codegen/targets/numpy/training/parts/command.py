"""The command line of a program: train, evaluate, infer, and its check of itself."""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import math
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .context import DRAWN, INPUTS, MASKS, METRIC, NAME, OUTPUTS, START, TARGETS, model
from .data import headings, read_data
from .files import (
    Fault,
    load_weights,
    must_be_writable,
    replaced,
    safetensors,
    save_weights,
    write_arrays,
)
from .loop import Run, Settings, checkpoint_content, learned_params, train
from .measure import accuracy_of, decided, loss_of, predictions
from .selfcheck import self_check

DEFAULTS = Settings()


# -- program --
WEIGHTS = (".npz", ".safetensors")  # kinds of files that can be written
TABLES = (".csv", ".npy", ".npz")
PICTURES = (".png", ".svg", ".pdf")


def main(argv: list[str] | None = None) -> int:
    """Run the command line. The exit code is 0, 1 (a check failed), 2 (something is wrong with the
    arguments, the data or a file) or 130 (stopped by Ctrl-C or a signal to end).
    """
    checkpoint = ""
    try:
        args = arguments(argv)
        checkpoint = getattr(args, "checkpoint", "")
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return int(args.run(args))
    except Fault as fault:
        print(f"{NAME}_train.py: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{NAME}_train.py: stopped{hint_to_resume(checkpoint)}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `infer … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class Parser(argparse.ArgumentParser):
    """Says what is wrong as every other fault is said; options are not abbreviated."""

    def __init__(self, **given: Any) -> None:
        super().__init__(allow_abbrev=False, **given)

    def error(self, message: str) -> NoReturn:
        raise Fault(f"{message}\n  --help shows the commands and options")


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The parsed command line, with the function to run. Fault for a mistake in it."""
    says = f"Train the network {NAME}, judge it, predict with it."
    parser = Parser(description=says)
    parser.add_argument("--self-check", dest="run", action="store_const", const=do_self_check)
    commands = parser.add_subparsers(title="commands", metavar="train | evaluate | infer")
    learn = commands.add_parser("train", help="learn from data, write the weights")
    add_train_options(learn)
    judged = commands.add_parser("evaluate", help="the loss over data, and how many are right")
    used = commands.add_parser("infer", help="predict for new inputs")
    used.add_argument("--output", metavar="FILE", help="csv, npy or npz; else the terminal")
    for command, run in ((learn, do_train), (judged, do_evaluate), (used, do_infer)):
        command.set_defaults(run=run)
        command.add_argument("--dtype", choices=("float64", "float32"), default=DEFAULTS.dtype)
    for command in (judged, used):
        command.add_argument("--data", required=True, metavar="FILE", help="csv, tsv, npy or npz")
        command.add_argument(
            "--weights", metavar="FILE", default=f"{NAME}.npz", help="default %(default)s"
        )
    args = parser.parse_args(argv)
    if args.run is None:
        parser.error("a command is needed: train, evaluate, infer")
    return args


def add_train_options(learn: argparse.ArgumentParser) -> None:
    """The options of ``train``; the spec's own are the defaults."""
    own = own_numbers(DEFAULTS.dtype)[1] is not None
    note = "; without it the spec's own numbers" if own else ""
    add = learn.add_argument
    add("--data", required=not own, metavar="FILE", help=f"csv, tsv, npy or npz{note}")
    add("--validation-data", metavar="FILE", help="judge by these samples, do not learn from them")
    add("--weights", metavar="FILE", default=f"{NAME}.npz", help="written; default %(default)s")
    add(
        "--checkpoint",
        metavar="FILE",
        default=f"{NAME}.checkpoint",
        help="written after every epoch, '' for none; default %(default)s",
    )
    add("--resume", action="store_true", help="go on from the checkpoint")
    add("--fresh", action="store_true", help="start anew where a checkpoint is left")
    add(
        "--start",
        choices=("example", "random"),
        default=START,
        help="the spec's parameters, or drawn ones; default: the spec's for its own numbers",
    )
    add("--log", metavar="FILE", help="a csv file with a line per epoch")
    add("--plot", metavar="FILE", help="the loss as a picture (needs matplotlib)")
    add("--quiet", action="store_true", help="say nothing but faults")
    whole, positive = number(int, 1, "a whole number from 1 on"), number(int, 0, "a whole number")
    size = number(lambda text: 0 if text == "all" else int(text), 0, "a whole number or all")
    rate = number(float, sys.float_info.min, "a number above 0", sys.float_info.max)
    share = number(float, 0, "a share from 0 to 0.9", 0.9)
    seed = number(int, 0, "a whole number below 2**32", 2**32 - 1)
    for name, kind, says in (
        ("epochs", whole, "passes over the data"),
        ("batch", size, "samples at once, 0 or all: every sample"),
        ("rate", rate, "learning rate"),
        ("validation", share, "share of the samples that is held out"),
        ("patience", positive, "epochs without a smaller loss before the run ends, 0: never"),
        ("seed", seed, "of the start, the split and the order"),
    ):
        default = getattr(DEFAULTS, name)
        add(f"--{name}", type=kind, default=default, metavar="N", help=f"{says}; default {default}")
    add("--shuffle", action=argparse.BooleanOptionalAction, default=DEFAULTS.shuffle)


def number(
    kind: Callable[[str], float], low: float, says: str, high: float = 1e9
) -> Callable[[str], float]:
    """How argparse reads an option that is a number within bounds."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"expected {says}, got {text}")
        return value

    return read


def do_self_check(_: argparse.Namespace) -> int:
    return self_check()


def do_train(args: argparse.Namespace) -> int:
    settings = Settings(*(getattr(args, name) for name in Settings._fields))
    if args.resume and args.fresh:
        raise Fault("--resume goes on from the checkpoint, --fresh starts anew: say one")
    can_write(args)
    if args.validation_data and args.validation not in (0, DEFAULTS.validation):
        raise Fault("--validation holds out a share, --validation-data brings samples: say one")
    data, start = training_data(args)
    validation = read_data(args.validation_data, args.dtype) if args.validation_data else None
    told = None if args.quiet else Progress(settings.epochs)
    run = train(data, settings, validation, start, args.checkpoint or None, args.resume, told)
    save_weights(args.weights, learned_params(run, validation is not None or args.validation > 0))
    if args.log:
        with replaced(args.log) as stream:
            stream.write(table({"epoch": np.arange(1, run.epoch + 1), **run.history}).encode())
    if args.plot:
        write_plot(args.plot, run)
    if told is not None:
        told.close(run)
        print(f"wrote {args.weights}  the weights")
    return 0


def can_write(args: argparse.Namespace) -> None:
    """What would go wrong at the end of the work is told before it begins."""
    written = args.weights, args.checkpoint, args.log, args.plot
    nothing_written_over((args.data, args.validation_data), written)
    must_be_writable(args.weights, WEIGHTS)
    if Path(args.weights).suffix.lower() == ".safetensors":
        safetensors()
    if args.log:
        must_be_writable(args.log, (".csv",))
    if args.plot:
        must_be_writable(args.plot, PICTURES)
        if importlib.util.find_spec("matplotlib") is None:
            raise Fault("--plot: matplotlib is not installed: pip install matplotlib")
    if args.checkpoint:
        must_be_writable(args.checkpoint)
        if Path(args.checkpoint).exists() and not (args.resume or args.fresh):
            run = checkpoint_content(args.checkpoint)[0]["run"]
            if not run["ended"]:
                raise Fault(
                    f"{args.checkpoint}: a run was interrupted after epoch {run['epoch']}\n"
                    "  --resume goes on, --fresh starts anew"
                )


def nothing_written_over(read: Iterable[str | None], written: Iterable[str | None]) -> None:
    """Fault where a file that is read, or written for something else, would be lost."""
    known = {os.path.realpath(path) for path in read if path}
    for path in filter(None, written):
        if (place := os.path.realpath(path)) in known:
            raise Fault(f"{path}: this file is named twice, it would be written over")
        known.add(place)


def training_data(args: argparse.Namespace) -> tuple[Any, Any]:
    """(data, start): of the file, or the spec's own; ``start`` None stands for init(seed)."""
    params, numbers = own_numbers(args.dtype)
    if args.start == "example" and params is None:
        drawn = ", ".join(DRAWN)
        raise Fault(f"--start example: the spec has no numbers for all parameters: {drawn}")
    if args.data:
        return read_data(args.data, args.dtype), params if args.start == "example" else None
    return numbers, None if args.start == "random" else params


def own_numbers(dtype: Any) -> tuple[Any, Any]:
    """(parameters, data) of the spec; None for those that it does not give in full."""
    params, data = None, None
    if hasattr(model, "worked_example"):
        params, data = model.worked_example(dtype)
    elif hasattr(model, "spec_data"):
        data = model.spec_data(dtype)
    elif not DRAWN:  # the spec gives them without samples
        params = model.init(0, dtype)
    if data is not None:  # a run draws the masks itself
        given = zip((*INPUTS, *TARGETS), data, strict=True)
        data = tuple(a for name, a in given if name not in MASKS)
    return params, data


def hint_to_resume(checkpoint: str) -> str:
    """Where an interrupted run can go on, if anywhere; a complete one is another's."""
    try:
        run = checkpoint_content(checkpoint)[0]["run"]
    except Fault:
        return ""
    if run["ended"]:
        return ""
    return f"; epoch {run['epoch']} is safe in {checkpoint}, --resume goes on from there"


def do_evaluate(args: argparse.Namespace) -> int:
    params = load_weights(args.weights, args.dtype)
    data = read_data(args.data, args.dtype)
    print(f"samples   {len(data[0])}")
    print(f"loss      {loss_of(params, data):.10g}")
    accuracy = accuracy_of(params, data)
    if not math.isnan(accuracy):
        print(f"accuracy  {accuracy:.4%}")
    return 0


def do_infer(args: argparse.Namespace) -> int:
    if args.output:
        nothing_written_over((args.data, args.weights), (args.output,))
        must_be_writable(args.output, TABLES)
    suffix = Path(args.output or "-.csv").suffix.lower()
    if suffix == ".npy" and len(OUTPUTS) > 1:
        raise Fault(f"{args.output}: an .npy file holds one array; {', '.join(OUTPUTS)} need .npz")
    params = load_weights(args.weights, args.dtype)  #:
    data = read_data(args.data, args.dtype, targets=False)  #:
    made = predictions(params, data)  #:
    if METRIC == "classes" and suffix != ".npy":
        made["class"] = decided(next(iter(made.values())))
    if suffix == ".npz":
        write_arrays(args.output, made)
    elif args.output:
        with replaced(args.output) as stream:
            if suffix == ".npy":
                np.save(stream, next(iter(made.values())), allow_pickle=False)
            else:
                stream.write(table(made).encode())
    else:
        print(table(made), end="", flush=True)
        return 0
    print(f"wrote {args.output}  {len(data[0])} predictions")
    return 0


def table(arrays: dict[str, Any]) -> str:
    """Arrays (samples, …) side by side as CSV, every number so that it reads back the same."""
    heads = [head for name, a in arrays.items() for head in headings(name, np.shape(a)[1:])]
    rows = [np.reshape(a, (len(a), -1)).tolist() for a in arrays.values()]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([x for row in some for x in row] for some in zip(*rows, strict=True))
    return text.getvalue()


def write_plot(path: str, run: Run) -> None:
    """The loss over the epochs, on a scale of powers of ten."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for name in ("loss", "validation_loss"):
        if name in run.history:
            axes.plot(range(1, run.epoch + 1), run.history[name], label=name.replace("_", " "))
    axes.set(xlabel="epoch", ylabel="loss", yscale="log", title=NAME)
    axes.legend()
    with replaced(path) as stream:
        figure.savefig(stream, format=Path(path).suffix[1:].lower(), dpi=150)


class Progress:
    """One line that counts the epochs, where a person looks on."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.last, self.begun = epochs, 0.0, time.monotonic()
        self.live = sys.stderr.isatty()

    def __call__(self, run: Run) -> None:
        now = time.monotonic()
        if self.live and (now - self.last > 0.1 or run.ended):
            self.last = now
            print(f"\r\033[K{self.said(run)}", end="", file=sys.stderr, flush=True)

    def said(self, run: Run) -> str:
        words = [f"epoch {run.epoch}/{self.epochs}"]
        for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
            if name in run.history:
                shown = format(run.history[name][-1], ".2%" if "accuracy" in name else ".6g")
                words.append(f"{name.replace('_', ' ')} {shown}")
        return "  ".join(words)

    def close(self, run: Run) -> None:
        if self.live:
            print(file=sys.stderr)
        print(f"{self.said(run)}  ({run.ended}, {time.monotonic() - self.begun:.1f} s)")
