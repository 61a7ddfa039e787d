"""The generated program of a board's network at work: trained and asked as its user does it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .....derive.language.errors import ChalkgradError
from ....targets.numpy.training.loaded import load_program, told
from ....targets.numpy.training.program import marked_program
from ...board.board import Board
from ..train.options import Options as Train
from ..train.parts import Run
from .excerpts import Source

ROUNDS = 1000  # where neither the deck nor the spec says how many


@dataclass(frozen=True)
class Inferred:
    """New inputs and what ``infer`` makes of them, samples first; the epochs before it."""

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    epochs: int


class Generated:
    """NAME_train.py of a network: its ``source``, and ``loaded`` as a module object. ``item`` is
    the training of the deck that it repeats.

    Raises ChalkgradError for a network that cannot be trained."""

    def __init__(self, board: Board, item: Train | None) -> None:
        self.board, self.item = board, item
        self.name = board.network.name
        try:
            self.source = Source(marked_program(board.whole))
            self.loaded = load_program(board.whole)
        except ChalkgradError as fault:
            raise (
                fault if board.key == "main" else fault.inside(f"networks.{board.key}")
            ) from None

    @property
    def has_numbers(self) -> bool:
        """Does the spec give samples? Else every run needs a file."""
        return any(hasattr(self.loaded.model, n) for n in ("worked_example", "spec_data"))

    # -- commands ------------------------------------------------------------------------------

    def command(self, *words: str) -> str:
        return " ".join(["python", f"{self.name}_train.py", *words])

    @cached_property
    def training(self) -> list[str]:
        """The arguments with which the program repeats the deck's training."""
        chosen = self.loaded.DEFAULTS
        if not self.has_numbers:
            return ["train", "--data", "train.csv"]
        if self.item is None:
            spec = self.board.network.spec
            own = spec.train is not None and "epochs" in spec.train.model_fields_set
            return ["train"] if own else ["train", "--epochs", str(ROUNDS)]
        made = ["train"]
        if chosen.epochs != self._rounds(self.item):
            made += ["--epochs", str(self._rounds(self.item))]
        plain = {"validation": 0, "patience": 0, "dtype": "float64"}
        if 0 < chosen.batch < self._count:
            plain["batch"] = 0  # a round takes all samples
        for key, value in plain.items():
            if getattr(chosen, key) != value:
                made += [f"--{key}", str(value)]
        return made if self.loaded.START != "random" else [*made, "--start", "example"]

    @property
    def _count(self) -> int:
        return len(self.board.network.values[self.board.network.inputs[0].name])

    def _rounds(self, item: Train) -> int:
        return Run(self.board, item).trace.count if item.stop else item.rounds or item.max

    # -- numbers -------------------------------------------------------------------------------

    @cached_property
    def inferred(self) -> Inferred:
        """What the program predicts for the samples of the spec after its training."""
        program = self.loaded
        with told(program), tempfile.TemporaryDirectory(prefix="chalkgrad-") as folder:
            args = program.arguments(self.training)
            data, start = program.training_data(args)
            settings = program.Settings(*(getattr(args, n) for n in program.Settings._fields))
            with np.errstate(all="ignore"):
                run = program.train(data, settings, None, start)
            weights, new = Path(folder, "weights.npz"), Path(folder, "new.npz")
            program.save_weights(weights, program.learned_params(run, args.validation > 0))
            names = [n for n in program.INPUTS if n not in program.MASKS]
            inputs = dict(zip(names, data, strict=False))  # the targets follow
            program.write_arrays(new, inputs)
            read = program.read_data(new, args.dtype, targets=False)
            made = program.predictions(program.load_weights(weights, args.dtype), read)
        if program.METRIC == "classes":
            made["class"] = program.decided(next(iter(made.values())))
        return Inferred(inputs, made, run.epoch)

    def csv(self, arrays: Mapping[str, Any]) -> str:
        """Samples as a file that the program reads, whole numbers without a point."""
        plain = {n: _whole(np.asarray(a)) for n, a in arrays.items()}
        return str(self.loaded.table(plain)).rstrip("\n")

    @cached_property
    def refusal(self) -> str:
        """What the program says to the weights of a network with one entry more."""
        program = self.loaded
        shapes = {n: list(shape) for n, shape in program.NETWORK["parameters"].items()}
        name = next((n for n, shape in shapes.items() if shape), "")
        if name:
            shapes[name][-1] += 1
        else:
            shapes["more"] = []
        other = {**program.NETWORK, "name": "other", "fingerprint": "", "parameters": shapes}
        with tempfile.TemporaryDirectory(prefix="chalkgrad-") as folder:
            place = Path(folder, "other.npz")
            program.write_arrays(place, {"__network__": np.array(program.json.dumps(other))})
            try:
                program.load_weights(place)
            except program.Fault as fault:
                said = str(fault).replace(str(place), place.name)
                return f"{self.name}_train.py: {said}"
        raise ChalkgradError("the weights of another network were not refused")


def _whole(a: Any) -> Any:
    return a.astype(int) if np.array_equal(a, np.rint(a)) else a
