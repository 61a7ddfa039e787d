"""Documents read and judged: what is true, false, not readable, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from chalkgrad.codegen.notation.symbols import Symbols
from chalkgrad.derive.network.network import Network

from . import layers, numerals, terminal, tree
from .documents import Line
from .exercise import exercise
from .grammar import relations
from .judge import Bench, Verdict, judged, judged_locally
from .layout import Row, UnreadableError, marks, plain, shown
from .names import Names
from .points import NoPointError, Point, given_point, random_points
from .rules import Rules
from .scope import Definition, LocalNames, defined
from .values import ALL

# pages that define what they speak of: functions and their derivatives
LOCAL = re.compile(
    r"^functions|^circuit-(?!gradients)|^relu-sum$|derivatives$|derivadas$"
    r"|: function and derivative|: função e derivada"
)


_SECTION = re.compile(r"derivatives$|derivadas$")  # of an article: every display for itself
_OPTIMIZERS = re.compile(r"optimizers")
_MATRIX = re.compile(r"\[[−-]?\d+\.\d")
_GATES = re.compile(r"gates")
_TRAINING = re.compile(r"train-")  # pages on all samples at once
_TRAINED = re.compile(r"train-(loss|all)")  # what a run of many rounds comes to
_RANK = ("false", "true", "name", "unreadable")  # of one line, read for several layers
_EXERCISE = re.compile(r"exercises-(\d+)")


@dataclass(frozen=True)
class Judged:
    line: Line
    verdict: Verdict

    def __str__(self) -> str:
        text = shown(plain(self.line.row)) or self.line.source
        return (f"{self.line.page}, line {self.line.number}: {self.verdict.kind}: "
                f"{text}  ({self.verdict.detail})")  # fmt: skip


@dataclass
class Report:
    """What came of one document."""

    document: str
    lines: list[Judged] = field(default_factory=list)

    def of(self, kind: str) -> list[Judged]:
        return [j for j in self.lines if j.verdict.kind == kind]

    @property
    def false(self) -> list[Judged]:
        return self.of("false")

    @property
    def readable(self) -> float:
        """The share of the lines that could be read, names and definitions among them."""
        return 1 - len(self.of("unreadable")) / max(1, len(self.lines))

    def summary(self) -> str:
        counts = ", ".join(
            f"{len(self.of(k))} {k}" for k in ("true", "false", "name", "unreadable")
        )
        return f"{self.document}: {len(self.lines)} lines, {counts}"


def bench(symbols: Symbols) -> Bench:
    """Points of one network, and its names in one notation."""
    names = Names(symbols)
    network = symbols.network
    several = random_points(network, 3)
    try:
        single: Sequence[Point] = random_points(network, 1)
    except NoPointError:  # a batch of one has no variance
        single = several
    cut = network.spec.style.rounding == "truncate"
    partly = single
    if any(t.name in network.values for t in network.parameters):
        partly = random_points(network, single[0].batch, given=True)
    return Bench(
        names, single, several, given_point(network), partly, _known(symbols, network), cut
    )


def _known(symbols: Symbols, network: Network) -> dict[str, float]:
    made = {}
    update = getattr(network.spec, "update", None)
    if update is not None and "rate" in update.options:
        made["rate"] = float(update.options["rate"])
    if symbols.shrinkage is not None:
        made["λ"] = float(symbols.shrinkage.strength.value)
    return made


class Reader:
    """Reads the documents of the networks of one spec."""

    def __init__(self, benches: Sequence[tuple[str, Bench]]) -> None:
        self.benches = list(benches)
        self.page, self.definitions = "", dict[str, Definition]()
        self.exercises: dict[str, Bench] = {}
        self.rules: Rules | None = None

    def report(self, document: str, lines: Iterable[Line]) -> Report:
        made = Report(document)
        lines = list(lines)
        self.read_exercises(lines)
        self.rules = Rules(self.benches[0][1].names, lines)
        for block in blocks(lines):
            made.lines += self.block(block)
        return made

    def block(self, block: list[Line]) -> list[Judged]:
        """The verdicts of a block's lines, by the network to which they belong."""
        return [_forgiven(j) for j in self.read_block(block)]

    def read_block(self, block: list[Line]) -> list[Judged]:
        best: list[Judged] = []
        if LOCAL.search(block[0].page) and not any(_worked(line.row) for line in block):
            made = [_forgiven(j) for j in self.locally(block)]
            if not _badness(made):
                return made
            if not any(j.verdict.kind == "unreadable" for j in made):
                best = made  # unless the names are the network's own
        page = block[0].page
        order = self.order(page)
        for _, one in order:
            if layers.general(block, one.names):
                made = list(self.everywhere(block, self.seen(one, page)))
            else:
                made = list(_block(block, self.seen(one, page)))
            if not best or _badness(made) < _badness(best):
                best = made
            if not _badness(best):
                break
        best = [self.function(j) if j.verdict.kind == "unreadable" else j for j in best]
        return [self.step(j) for j in best] if _OPTIMIZERS.match(page) else best

    def step(self, one: Judged) -> Judged:
        """A number of an optimizer's example: that which its rule gives."""
        assert self.rules is not None
        found = self.rules.judged(one.line, self.benches[0][1].single[0])
        if found is None or one.verdict.kind == "false":
            return one
        return replace(one, verdict=found)

    def function(self, one: Judged) -> Judged:
        """A line on a function alone, whose argument is no name of the network: g(v) = …"""
        bench = self.order(one.line.page)[0][1]
        try:
            (relation,) = relations(one.line.row, LocalNames(bench.names))
        except (UnreadableError, ValueError):
            return one
        left = relation.sides[0]
        if not isinstance(left, tree.Call) or not isinstance(left.args[0], tree.Tensor):
            return one  # of z^l, which is a name
        found = judged_locally(relation, bench, {})
        return one if found.kind == "unreadable" else replace(one, verdict=found)

    @staticmethod
    def everywhere(block: Sequence[Line], one: Bench) -> Iterator[Judged]:
        """A display on a general layer: a line is as false as it is for any, and true where it is
        true for one and false for none."""
        found: dict[Line, list[Judged]] = {line: [] for line in block}
        one = replace(one, names=layers.LayerNames(one.names))
        for numbered in layers.layers(block, one.names):
            shown = dict(zip(numbered, block, strict=True))
            for read in _block(numbered, one):
                line = shown[read.line]
                found[line].append(replace(read, line=line))
        for some in found.values():
            ranked = sorted(some, key=lambda j: _RANK.index(j.verdict.kind))
            yield from ranked[:1]

    def seen(self, one: Bench, page: str) -> Bench:
        """A network as a page sees it: all samples at once, or with the numbers of an exercise."""
        if _TRAINING.match(page) and one.given is not None and one.given.batch > 1:
            return replace(one, sample=ALL)
        if _OPTIMIZERS.match(page):  # of no network: rounded as the language rounds
            return replace(one, cut=False, known={})
        exercise = _EXERCISE.match(page)
        return self.exercises[exercise[1]] if exercise else one

    def read_exercises(self, lines: Sequence[Line]) -> None:
        """The numbers that each exercise gives on its own pages."""
        self.exercises = {}
        for line in lines:
            found = _EXERCISE.match(line.page)
            if found is not None and found[1] not in self.exercises:
                mine = [x for x in lines if (m := _EXERCISE.match(x.page)) and m[1] == found[1]]
                self.exercises[found[1]] = exercise(self.benches[0][1], mine)

    def locally(self, block: list[Line]) -> Iterator[Judged]:
        """A page that defines its own names."""
        if block[0].page != self.page or _SECTION.search(self.page):
            self.page, self.definitions = block[0].page, {}
        bench = self.benches[0][1]
        generic = block[0].page == "functions-derivative"
        found = list(chained(block, LocalNames(bench.names, generic=generic)))
        for _, relation, _ in found:  # "y(1 - y) with y = σ(v)" is defined behind its use
            if not isinstance(relation, Verdict):
                self.definitions = defined(relation, self.definitions)
        for line, relation, _ in found:
            if isinstance(relation, Verdict):
                yield Judged(line, relation)
                continue
            if len(relation.sides) == 1:
                yield Judged(line, Verdict("name"))
            else:
                yield Judged(line, judged_locally(relation, bench, self.definitions))

    def order(self, page: str) -> list[tuple[str, Bench]]:
        """The networks, the one that the page is named after first."""

        def wanted(name: str) -> bool:
            return bool(name) and f"-{name}-" in f"{page}-"

        if any(wanted(n) for n, _ in self.benches):
            return [b for b in self.benches if wanted(b[0])]
        return self.benches


def _forgiven(one: Judged) -> Judged:
    """What a page shows as a mistake is false on purpose; a lecturer's own slide may speak of
    anything."""
    if one.line.wrong and one.verdict.kind in ("false", "unreadable"):
        return replace(one, verdict=Verdict("mistake", one.verdict.detail))
    if _OPTIMIZERS.match(one.line.page) and one.verdict.kind == "unreadable":
        return replace(one, verdict=Verdict("name", "a rule"))
    if one.line.page.startswith("slide-") and one.verdict.kind != "true":
        return replace(one, verdict=Verdict("own", one.verdict.detail))
    return one


def _badness(some: Sequence[Judged]) -> int:
    return sum({"false": 10, "unreadable": 11}.get(j.verdict.kind, 0) for j in some)


def blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines that stand under one another as one display."""
    block: list[Line] = []
    opened = False  # a display begins: what has no left side goes on with the page before
    for line in lines:
        if line.joins == "block":
            opened = True
            continue
        if line.note == "inline" and block and line.page == block[-1].page:
            yield [line]  # beside a row: the display goes on below it
            continue
        goes_on = (
            bool(block) and line.joins and (not opened or _next_part(block[-1].page, line.page))
        )
        opened = False
        if block and not goes_on:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _next_part(page: str, following: str) -> bool:
    """Is one page the next part of the other?"""
    stem, _, part = following.rpartition("-part")
    return bool(stem) and page in (stem, f"{stem}-part{int(part) - 1}")


def _block(block: list[Line], bench: Bench) -> Iterator[Judged]:
    for line, relation, row in chained(block, bench.names):
        if isinstance(relation, Verdict):
            yield Judged(line, relation)
        else:
            yield Judged(line, _verdict(line.page, relation, bench, _worked(row)))


def chained(
    block: list[Line], lexicon: Names
) -> Iterator[tuple[Line, tree.Relation | Verdict, Row]]:  # fmt: skip
    """The relations of a block: a line without a left side goes on with the one before, and with
    its last number."""
    anchor: tuple[tree.Node, ...] = ()
    last: tuple[tree.Node, ...] = ()
    letters = frozenset[str]().union(*(lexicon.letters(plain(line.row)) for line in block))
    for line, row in joined(block):
        try:
            if line.fault:
                raise UnreadableError(line.fault)
            found = relations(row, lexicon, letters)
        except UnreadableError as err:
            yield line, Verdict("unreadable", str(err)), row
            continue
        for relation in found:
            if line.joins == "continues" and anchor and relation.sides[0] == tree.Opaque(""):
                before = (*anchor, *last)
                signs = ("=",) * (len(before) - 1) + relation.signs
                relation = tree.Relation((*before, *relation.sides[1:]), signs)
            yield line, relation, row
            anchor = anchor or relation.sides[:1]
            last = relation.sides[-1:] if numerals.numeric(relation.sides[-1]) else ()


def _worked(row: Row) -> bool:
    """Does the page mark a number of the row as one that was worked out?"""
    return any(m.kind == "ref" and _number(m.body) for m in marks(row))


def _number(body: Row) -> bool:
    bare = plain(body)
    return bool(bare) and all(getattr(t, "kind", "") in ("number", "sign") for t in bare)


def read_terminal(document: str, lines: Iterable[Line], bench: Bench) -> Report:
    """What the terminal prints of one network."""
    network = bench.names.network
    one = replace(bench, names=terminal.CodeNames(network))  # type: ignore[arg-type]
    made, anchor = Report(document), tree.Opaque("")
    for line in lines:
        try:
            found = terminal.relation(line.source, network)
        except UnreadableError as err:
            made.lines.append(Judged(line, Verdict("unreadable", str(err))))
            continue
        if line.joins:
            found = tree.Relation((anchor, *found.sides[1:]), found.signs)
        anchor = found.sides[0]
        numbers = any("[" in s and _MATRIX.search(s) for s in [line.source])
        made.lines.append(Judged(line, _verdict("", found, one, numbers)))
    return made


def _verdict(page: str, relation: tree.Relation, bench: Bench, numbers: bool) -> Verdict:
    if len(relation.sides) == 1:
        return Verdict("name")
    if _TRAINED.match(page):
        return Verdict("unreadable", "what a training run comes to")
    gate = bool(_GATES.match(page))  # weights in numbers, inputs in letters
    if gate and relation.sides[-1] == tree.Number("0"):
        return Verdict("name")  # the line on which a gate turns over
    given = bool(_EXERCISE.match(page)) and any(map(numerals.calculated, relation.sides))
    return judged(relation, bench, numbers=numbers or gate or given)


def joined(block: list[Line]) -> Iterator[tuple[Line, Row]]:
    """The lines of a block, each with the rows that go on with its sum."""
    k = 0
    while k < len(block):
        line, row = block[k], block[k].row
        k += 1
        while k < len(block) and block[k].joins == "adds":
            row = (*row, *block[k].row)
            k += 1
        yield line, row
