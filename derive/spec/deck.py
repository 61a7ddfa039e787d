"""The items of ``deck:``, the ordered list of what a lecture shows, and the options of each.

An item is a word (``title``) or a word with its options (``gradients: {of: main, wrt: [W1]}``);
where an item has one main option, its value may stand alone (``functions: [sigmoid, relu]``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationError

from ..language.errors import ChalkgradError, suggest
from . import definition as m
from . import fields as f
from .fields import refuse, shown

Words = Annotated[list[str], BeforeValidator(f.one_or_more)]


def _rule(use: Any) -> Any:
    """``adam``, or ``{rmsprop: {centered: true}}``."""
    if isinstance(use, str):
        return use
    if isinstance(use, Mapping) and len(use) == 1:
        ((name, options),) = use.items()
        if isinstance(name, str) and (options is None or isinstance(options, Mapping)):
            return {name: dict(options or {})}
    what = f"a rule is a name, or one name with its options; got {shown(use)}"
    raise refuse(what, hint="rmsprop: {centered: true}")


Rule = Annotated[str | dict[str, dict[str, Any]], BeforeValidator(_rule)]
Rules = Annotated[list[Rule], BeforeValidator(f.one_or_more)]
Level = Literal["chain", "index", "matrix", "numbers"]
Levels = Annotated[list[Level], BeforeValidator(f.one_or_more)]
Round = int | Literal["last"]


class Item(m.Model):
    """What every item may say. ``main`` is the option whose value may stand alone."""

    main: ClassVar[str] = ""
    title: m.Localized = None
    """Another title for its pages."""
    notes: m.Localized = None
    """Speaker's notes of its first page."""


class OfNetwork(Item):
    """An item about one network."""

    main: ClassVar[str] = "of"
    of: str | None = None
    """The key of a network; without it the main (or the first) one."""
    blank: bool = False
    """Leave an empty work area instead of the calculation."""


class Title(Item):
    """The title page."""


class Agenda(Item):
    """The list of what follows."""


class Section(Item):
    """A page that opens a part."""

    main: ClassVar[str] = "title"


class Slide(Item):
    """The lecturer's own Markdown file, a page per heading."""

    main: ClassVar[str] = "file"
    file: str
    """A path beside the spec."""


class Architecture(OfNetwork):
    """The network built up, its matrices beside it."""

    reveal: Literal["layer", "none"] = "layer"
    """One layer a click, or all at once."""


class Forward(OfNetwork):
    """The forward pass, in one page per form."""

    main: ClassVar[str] = "forms"
    forms: Annotated[
        list[Literal["symbols", "matrices", "expanded", "index", "numbers"]],
        BeforeValidator(f.one_or_more),
    ] = Field(default=["symbols", "matrices"])
    """symbols: v = xW + b; matrices: the same with entries; expanded: every entry; index: sums."""


class Gradients(OfNetwork):
    """A page per gradient: its chain with arcs, and the levels asked for."""

    main: ClassVar[str] = "wrt"
    wrt: Words = Field(default_factory=list)
    """Which gradients, in this order; inputs and intermediates are allowed."""
    level: Levels | None = None
    """chain, index, matrix, numbers; without it style.level, else chain and matrix."""
    chain: Literal["reuse", "full"] | None = None
    """Where the chain stops; without it style.chain."""
    reveal: bool = True
    """One factor a click."""
    transpose: bool = False
    """A page "why the transpose?" with the local Jacobian and its deltas."""


class Functions(Item):
    """A page per function: formula, derivative step by step, plot."""

    main: ClassVar[str] = "names"
    names: Words = Field(default_factory=list)
    """Activations and losses of the catalogue, own ones, or `derivative` (the limit)."""
    plots: bool = True
    """Draw the function and its derivative."""


class Example(OfNetwork):
    """A worked example: forward, every gradient, the update, with numbers."""

    wrt: Words = Field(default_factory=list)
    """Which gradients, in this order; without it the order of the derivation."""
    chain: Literal["reuse", "full"] | None = None
    """Where the chain stops; without it style.chain."""
    paths: Words = Field(default_factory=list)
    """Entries such as W0[1,2] explained as the sum over their paths."""


class Follow(OfNetwork):
    """A network followed while it learns: forward, loss, one weight after the other, update."""

    wrt: Words = Field(default_factory=list)
    """Entries (w5, W0[0,1]) or tensors, in this order."""
    rounds: Annotated[int, Field(ge=0, le=100_000)] = 10_000
    """How many rounds the table at the end follows; 0 leaves it out."""


class Check(OfNetwork):
    """The gradient check as a table."""

    entries: Words = Field(default_factory=list)
    """Entries to show; without it one per parameter."""


class Shapes(OfNetwork):
    """Array shapes of the forward and the backward pass."""


class Circuit(OfNetwork):
    """A computational graph with values above and gradients below the wires."""

    from_: str | None = Field(None, alias="from")
    """The node with gradient 1; without it the loss."""
    split: bool = True
    """Split right sides into elementary nodes."""
    rules: bool = False
    """A table of the local rules beside it."""
    group: str | None = None
    """A function whose nodes are drawn as one gate, at the end."""


class Gates(Item):
    """Networks as logical gates: truth table and decision plot."""

    main: ClassVar[str] = "of"
    of: Words = Field(default_factory=list)
    """Keys of networks with two inputs."""


class Train(OfNetwork):
    """A training run as a table."""

    stop: str | None = None
    """A condition of the equation language, tested after the update."""
    max: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """The most rounds."""
    rounds: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Exactly so many rounds."""
    show: list[Round] = Field(default_factory=list)
    """The rounds of the table; without it the first, some between, and the last."""
    infer: list[list[int | float]] = Field(default_factory=list)
    """Inputs to try afterwards."""
    plot: Literal["loss"] | None = None
    """A curve of the loss."""


class Delta(OfNetwork):
    """The recursion of the deltas, layer by layer or for a general layer."""

    layers: Literal["each", "general"] = "each"
    """Each layer of the network, or layer l."""


class CodeItem(OfNetwork):
    """The generated module."""

    beside: Literal["equations", "none"] = "none"
    """Each line beside its equation."""


class Program(OfNetwork):
    """The generated program: how it trains, what it saves, what it predicts."""

    show: Annotated[list[Literal["train", "save", "infer"]], BeforeValidator(f.one_or_more)] = (
        Field(default=["train", "save", "infer"], min_length=1)
    )
    """train: the update beside its equations, the loop, the command; save: the file of weights,
    written, read and refused; infer: its predictions after the deck's training."""


class Optimizers(Item):
    """The rules of gradient descent and its kin."""

    main: ClassVar[str] = "names"
    names: Rules = Field(default_factory=list)
    """Rules such as sgd, newton, adam, or with options, `rmsprop: {centered: true}`; in this order.
    Without it those of the lecture, where neither schedules nor modifiers are asked for."""
    schedules: bool = False
    """A page of schedules of the learning rate: formulas, and the rate over the steps."""
    modifiers: bool = False
    """A page of clipping, L1, L2 and decoupled weight decay, with numbers."""
    surface: Literal["bowl", "valley"] = "bowl"
    """The loss on which the rules are compared: a bowl, or a curved valley."""


class Hessian(OfNetwork):
    """The second derivatives of the loss: their matrix, their blocks, their equations, numbers."""

    wrt: Words = Field(default_factory=list)
    """Parameters; without it all that the update does not freeze."""
    by: Annotated[
        list[Literal["entries", "blocks", "derived", "numbers"]], BeforeValidator(f.one_or_more)
    ] = Field(default_factory=list)
    """entries: ∂²L/∂w∂w in a matrix; blocks: a block per pair of parameters; derived: their
    equations; numbers: at the worked example, with Newton's step. Without it what there is."""
    damping: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """What the damped step adds to the diagonal; without it a power of ten that lets the loss
    fall."""


class ReluSum(Item):
    """A continuous function as a growing sum of ReLUs."""

    f: str
    """The function of x, in the equation language."""
    on: Annotated[list[int | float], Field(min_length=2, max_length=2)] = Field(default=[-3, 3])
    """The interval."""
    terms: Annotated[int, Field(ge=2, le=60)] = 15
    """How many ReLUs."""


class Mistakes(OfNetwork):
    """Common mistakes: the wrong number, the right one, the check that catches it."""

    main: ClassVar[str] = "only"
    only: Words = Field(default_factory=list)
    """Which of them; without it all that this network can show."""


class Exercises(OfNetwork):
    """Exercises with an answer key, from a seed."""

    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    """The same seed gives the same exercises."""
    count: Annotated[int, Field(ge=1, le=50)] = 3
    """How many."""
    variants: Annotated[int, Field(ge=1, le=200)] = 1
    """How many versions of them, for a class."""
    answers: bool = True
    """The answer key at the end."""


ITEMS: dict[str, type[Item]] = {
    "title": Title,
    "agenda": Agenda,
    "section": Section,
    "slide": Slide,
    "architecture": Architecture,
    "forward": Forward,
    "gradients": Gradients,
    "functions": Functions,
    "example": Example,
    "shapes": Shapes,
    "circuit": Circuit,
    "gates": Gates,
    "train": Train,
    "delta": Delta,
    "code": CodeItem,
    "program": Program,
    "optimizers": Optimizers,
    "hessian": Hessian,
    "relu_sum": ReluSum,
    "follow": Follow,
    "mistakes": Mistakes,
    "exercises": Exercises,
    "check": Check,
}


def deck_item(entry: Any, position: int = 0) -> tuple[str, Item]:
    """One entry of ``deck:`` as its name and its options. Raises ChalkgradError."""
    where = f"deck[{position}]"
    name, given = next(iter(entry.items())) if isinstance(entry, Mapping) else (entry, None)
    if name not in ITEMS:
        raise ChalkgradError(
            f"there is no deck item {shown(name)}", where=where, hint=suggest(name, ITEMS)
        )
    model = ITEMS[name]
    if given is None:
        given = {}
    elif not isinstance(given, Mapping):
        if not model.main:
            raise ChalkgradError(f"'{name}' takes options by name; got {shown(given)}", where=where)
        given = {model.main: given}
    try:
        return name, model.model_validate(dict(given))
    except ValidationError as errors:
        first = errors.errors(include_url=False)[0]
    about = first.get("ctx", {})
    what, hint = str(about.get("what", first["msg"])), str(about.get("hint", ""))
    path = [str(p) for p in (*first["loc"], *about.get("path", ()))]
    if first["type"] == "missing":
        what = f"'{path[-1]}' is missing"
    raise ChalkgradError(what, where=".".join([where, name, *path]), hint=hint)


def checked(entries: list[Any]) -> list[Any]:
    """The entries of a deck as they are, every one with known options (for the spec's model)."""
    for i, entry in enumerate(entries):
        try:
            deck_item(entry, i)
        except ChalkgradError as fault:
            raise refuse(fault.what, i, hint=fault.hint) from None
    return entries
