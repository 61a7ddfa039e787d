"""The options of ``chalkgrad train``: checked, and turned into the settings of the program."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from ...derive.language.errors import ChalkgradError
from ...derive.pipeline import Network
from ..console.specs import choose
from ..lecture.items.entries import deck_item
from ..lecture.items.train.options import Options as Train
from .options import Asked

LARGEST = 10**9


# where a run begins, where its files go and what it says make no other run
_NOT_THE_RUN = ("spec", "output", "weights", "checkpoint", "resume", "fresh", "report", "show",
                "quiet")  # fmt: skip


def check_options(asked: Asked) -> None:
    """Raise ChalkgradError for options that contradict each other or are out of their range."""
    if asked.resume and asked.fresh:
        hint = "--resume goes on from the checkpoint, --fresh leaves it"
        raise ChalkgradError("both --resume and --fresh", where="--resume", hint=hint)
    if asked.resume and asked.trace:
        hint = "leave --resume out: the table begins with the first round"
        raise ChalkgradError("a trace needs the whole run", where="--trace", hint=hint)
    if asked.resume and asked.checkpoint == "":
        raise ChalkgradError("without a checkpoint there is none to go on from", where="--resume")
    if asked.show is not None and not asked.trace:
        raise ChalkgradError("there is no table to show", where="--show", hint="add --trace")
    if asked.validation is not None and asked.validation_data is not None:
        hint = "--validation holds out a share of --data, --validation-data brings other samples"
        raise ChalkgradError("two ways to judge the run", where="--validation", hint=hint)
    if asked.validation is not None and not 0 <= asked.validation <= 0.9:
        raise ChalkgradError(
            f"a share from 0 to 0.9; got {asked.validation:g}", where="--validation"
        )
    if asked.rate is not None and not 0 < asked.rate < math.inf:
        raise ChalkgradError(f"a number above 0; got {asked.rate:g}", where="--rate")
    for option, number, low, high in (
        ("--epochs", asked.epochs, 1, LARGEST), ("--patience", asked.patience, 0, LARGEST),
        ("--seed", asked.seed, 0, 2**32 - 1),
    ):  # fmt: skip
        if number is not None and not low <= number <= high:
            what = f"a whole number from {low} to {high}; got {number}"
            raise ChalkgradError(what, where=option)
    samples(asked.batch)


def samples(batch: str | None) -> int | None:
    """The option --batch as a number, 0 for all samples. Raises ChalkgradError."""
    if batch is None:
        return None
    if batch == "all":
        return 0
    if batch.isascii() and batch.isdigit() and int(batch) <= LARGEST:
        return int(batch)
    hint = "--batch 32, or --batch all"
    raise ChalkgradError(f"'{batch}' is no number of samples", where="--batch", hint=hint)


def network_to_train(networks: Sequence[Network], wanted: str | None) -> Network:
    """The network that was asked for, or the only one that can be trained.

    Raises ChalkgradError where several can be.
    """
    chosen = choose(networks, wanted)
    if chosen is not None:
        return chosen
    able = [n for n in networks if n.parameters and n.inputs and n.targets]
    if len(able) > 1:
        keys = ", ".join(n.spec.key for n in able)
        raise ChalkgradError(
            f"{len(able)} networks of this spec can be trained: {keys}",
            where="--network", hint=f"--network {able[0].spec.key}",
        )  # fmt: skip
    return able[0] if able else networks[0]


def with_stop(network: Network, stop: str | None) -> Network:
    """The network with another stopping rule than that of its spec."""
    if stop is None:
        return network
    train = network.spec.train.model_copy(update={"stop": stop or None})
    return replace(network, spec=network.spec.model_copy(update={"train": train}))


def lectured(network: Network) -> Train | None:
    """The item ``train`` of the spec's deck about this network: how its lecture trains it."""
    for k, given in enumerate(network.spec.deck):
        name, item = deck_item(given, k)
        if name == "train" and isinstance(item, Train) and (item.of or "main") == network.spec.key:
            return item
    return None


def settings_of(program: Any, asked: Asked, network: Network, lecture: Train | None) -> Any:
    """The Settings of the program: the spec's, with what the command line says.

    A ``lecture`` to follow updates with all samples at once, for as many rounds as it shows.
    """
    said = network.spec.train.model_fields_set
    given: dict[str, Any] = {}
    if asked.trace and "batch" not in said:
        given["batch"] = 0
    if lecture is not None and "epochs" not in said:
        given["epochs"] = lecture.rounds or lecture.max
    given |= {
        "epochs": asked.epochs if asked.epochs is not None else given.get("epochs"),
        "batch": samples(asked.batch) if asked.batch is not None else given.get("batch"),
        "rate": asked.rate, "patience": asked.patience, "seed": asked.seed,
        "shuffle": asked.shuffle, "dtype": asked.dtype, "validation": asked.validation,
    }  # fmt: skip
    return program.DEFAULTS._replace(**{k: v for k, v in given.items() if v is not None})


def command_line(asked: Asked) -> str:
    """What to type to have the same run again. How it was interrupted and where it wrote does not
    matter for that."""
    words = ["chalkgrad", "train", asked.spec]
    for f in fields(asked):
        value = getattr(asked, f.name)
        if f.name in _NOT_THE_RUN or value is None or value is False:
            continue
        option = f"--{f.name.replace('_', '-')}"
        if f.name == "sets":
            words += [w for text in value for w in ("--set", text)]
        elif value is True:
            words.append(option)
        else:
            text = str(value)
            words += [option, text.removesuffix(".0") if isinstance(value, float) else text]
    if asked.shuffle is False:
        words.append("--no-shuffle")
    return shlex.join(words)
