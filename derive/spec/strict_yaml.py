"""YAML text -> plain values, strictly: what a spec says twice or cleverly is refused, not guessed.

PyYAML reads the text into events; its constructors (which build objects, round decimals and read
``no`` as false) are never used. The scalars follow YAML 1.2: only true/false are booleans,
``on off yes no y n`` are text, and a decimal stays exactly what was written (`decimal.Decimal`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import yaml

from ..language.errors import ChalkgradError

Plain: TypeAlias = "bool | int | Decimal | str | list[Plain] | dict[str, Plain] | None"

MAX_BYTES = 2 * 1024 * 1024  # of a file
MAX_DEPTH = 64  # mappings and lists inside each other
MAX_WRITTEN = 20_000  # values written in the text: PyYAML takes about a second for them
MAX_EXPANDED = 200_000  # values after every *alias is replaced by what it stands for
MAX_DIGITS = 40
MAX_EXPONENT = 400

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE]([-+]?[0-9]+))?\Z")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
# Control characters and lone surrogates; line breaks and tabs are the text's own.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Node:
    """One value with its place. ``size`` and ``height`` count what its aliases stand for."""

    value: bool | int | Decimal | str | list[Node] | dict[str, Node] | None
    mark: tuple[int, int]  # line and column of the value, counted from 1
    size: int = 1
    height: int = 0
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)  # where each key stands

    def plain(self) -> Plain:
        """A fresh copy without places: dict, list, str, int, Decimal, bool or None."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(step) if isinstance(step, str) else None
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def has(self, path: tuple[str | int, ...]) -> bool:
        """Whether the text says anything at ``path``."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node else None
        return node is not None

    def place(self, path: tuple[str | int, ...], *, of_key: bool = False) -> tuple[int, int]:
        """Line and column of the value at ``path``, or of the nearest value around it.

        ``of_key``: the place of the last key of the path instead of that of its value.
        """
        node, key_mark = self, self.mark
        for step in path:
            child = node.child(step)
            if child is None:
                return node.mark
            key_mark = node.keys.get(str(step), child.mark)
            node = child
        return key_mark if of_key else node.mark


def load_text(text: str, where: str = "") -> Plain:
    """The one YAML document in ``text`` as dict, list, str, int, Decimal, bool and None.

    Raises ChalkgradError with ``where:line:column`` for everything the module refuses.
    """
    return compose(text, where).plain()


def compose(text: str, where: str = "") -> Node:
    """Like `load_text`, but every value keeps its place, for messages that come later."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ChalkgradError(f"the text is longer than {MAX_BYTES // 2**20} MiB", where=where)
    return _Composer(text, where).document()


def read_number(text: str) -> int | Decimal | None:
    """The exact value of a number as YAML 1.2 writes it, None for any other text.

    Raises ValueError for a number with too many digits or too large an exponent.
    """
    match = _DECIMAL.match(text)
    if match is None:
        return None
    exponent = match.group(1) or ""
    mantissa = text[: len(text) - len(exponent)]
    if sum(map(str.isdigit, mantissa)) > MAX_DIGITS:
        raise ValueError(f"a number has at most {MAX_DIGITS} digits")
    # the length first: int() of a very long text is slow
    if len(exponent.lstrip("+-").lstrip("0")) > 3 or abs(int(exponent[-5:] or 0)) > MAX_EXPONENT:
        raise ValueError(f"the exponent of a number is at most {MAX_EXPONENT}")
    return int(text) if _INTEGER.match(text) else Decimal(text)


def clean_text(text: str) -> str:
    """``text`` itself; raises ValueError where it holds a control character."""
    if match := _UNPRINTABLE.search(text):
        raise ValueError(f"the control character U+{ord(match.group()):04X} has no place in a text")
    return text


def copy_plain(given: object, path: str = "") -> Any:
    """A value from Python as the loader would have read it; the original is never touched.

    A float becomes the decimal that prints it, an array its nested lists. Raises ChalkgradError
    with the path of what has no place in a spec.
    """
    return _Copier().copy(given, path, 0)


class _Copier:
    def __init__(self) -> None:
        self.count = 0

    def copy(self, value: Any, path: str, depth: int) -> Any:
        self.count += 1
        if self.count > MAX_EXPANDED or depth > MAX_DEPTH:
            raise ChalkgradError("the spec is too large or contains itself", where=path[:200])
        if hasattr(value, "tolist"):  # a NumPy array or scalar
            value = value.tolist()
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    raise ChalkgradError("a key must be text", where=path)
            inside = path + "." if path else ""
            return {k: self.copy(v, f"{inside}{k}", depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
        try:
            return _copy_scalar(value)
        except ValueError as error:
            raise ChalkgradError(str(error), where=path) from None


def _copy_scalar(value: object) -> Plain | Fraction:
    if value is None or isinstance(value, bool | Fraction):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int):
        if abs(value) >= 10**MAX_DIGITS:
            raise ValueError(f"a number has at most {MAX_DIGITS} digits")
        return int(value)
    if isinstance(value, float | Decimal):
        number = read_number(str(value))
        if number is None:
            raise ValueError(f"{value} is not a number that a spec can hold")
        return Decimal(number)
    raise ValueError(f"a spec holds text, numbers, lists and mappings, no {type(value).__name__}")


class _Composer:
    """Events -> one `Node`, refusing duplicates, tags, cycles and whatever grows too large."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.text = text
        self.events: Iterator[yaml.Event] = iter(())
        self.anchors: dict[str, Node | None] = {}  # None: still being read
        self.written = 0

    def document(self) -> Node:
        try:
            self.events = iter(yaml.parse(self.text, Loader=yaml.SafeLoader))
            next(self.events)  # the stream
            if isinstance(next(self.events), yaml.StreamEndEvent):
                return Node(None, (1, 1))
            node = self.node(next(self.events), 0)
            next(self.events)  # the end of the document
            after = next(self.events)
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position]
            mark = (before.count("\n") + 1, len(before) - before.rfind("\n"))
            raise self.fault("a character that YAML does not allow", mark) from None
        except yaml.MarkedYAMLError as error:
            raise self.unreadable(error) from None
        except (ValueError, OverflowError) as error:  # an impossible escape or directive
            raise ChalkgradError(f"not readable as YAML: {error}", where=self.where) from None
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.fault("a second YAML document begins here", _mark(after), "one per file")
        return node

    def fault(self, what: str, mark: tuple[int, int], hint: str = "") -> ChalkgradError:
        place = f"{mark[0]}:{mark[1]}"
        return ChalkgradError(
            what, where=f"{self.where}:{place}" if self.where else f"line {place}", hint=hint
        )

    def unreadable(self, error: yaml.MarkedYAMLError) -> ChalkgradError:
        at = error.problem_mark or error.context_mark
        mark = (at.line + 1, at.column + 1) if at else (1, 1)
        parts = [part for part in (error.context, error.problem) if part]
        return self.fault("not readable as YAML: " + ", ".join(parts)[:200], mark)

    def node(self, event: yaml.Event, depth: int) -> Node:
        """The value that begins with ``event``; depth counts the lists and mappings around it."""
        mark = _mark(event)
        self.written += 1
        if self.written > MAX_WRITTEN:
            raise self.fault(f"more than {MAX_WRITTEN} values in one file", mark)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        assert isinstance(event, yaml.NodeEvent)
        if getattr(event, "tag", None) is not None:
            raise self.fault("a tag (!) is not allowed in a spec", mark, "write the plain value")
        if depth >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            raise self.fault(f"more than {MAX_DEPTH} levels inside each other", mark)
        name = event.anchor
        if name is not None:
            if name in self.anchors:
                raise self.fault(f"the anchor &{name[:60]} is set twice", mark)
            self.anchors[name] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(mark, depth)
        else:
            node = self.mapping(mark, depth)
        if name is not None:
            self.anchors[name] = node
        return node

    def alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        name, mark = event.anchor or "", _mark(event)
        if name not in self.anchors:
            raise self.fault(f"the alias *{name[:60]} has no anchor before it", mark)
        node = self.anchors[name]
        if node is None:
            raise self.fault(f"the alias *{name[:60]} stands inside its own anchor", mark)
        if depth + node.height > MAX_DEPTH:
            raise self.fault(f"more than {MAX_DEPTH} levels inside each other", mark)
        return node

    def grow(self, parent: Node, child: Node, mark: tuple[int, int]) -> None:
        parent.size += child.size
        parent.height = max(parent.height, child.height + 1)
        if parent.size > MAX_EXPANDED:
            raise self.fault(f"more than {MAX_EXPANDED} values once aliases are expanded", mark)

    def sequence(self, mark: tuple[int, int], depth: int) -> Node:
        items: list[Node] = []
        node = Node(items, mark, height=1)
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, depth + 1))
            self.grow(node, items[-1], _mark(event))
        return node

    def mapping(self, mark: tuple[int, int], depth: int) -> Node:
        entries: dict[str, Node] = {}
        node = Node(entries, mark, height=1)
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key, place = self.node(event, depth + 1), _mark(event)
            if not isinstance(key.value, str):
                raise self.fault("a key must be text", place, "put it in quotes")
            if key.value in entries:
                first = node.keys[key.value][0]
                raise self.fault(
                    f"the key '{key.value[:60]}' stands already in line {first}", place
                )
            child = next(self.events)
            entries[key.value] = self.node(child, depth + 1)
            node.keys[key.value] = place
            self.grow(node, entries[key.value], _mark(child))
        return node

    def scalar(self, event: yaml.ScalarEvent) -> Node:
        mark, text = _mark(event), event.value
        try:
            if not event.implicit[0]:  # quoted or a block: text
                return Node(clean_text(text), mark)
            if text in _NULL:
                return Node(None, mark)
            if text in _TRUE or text in _FALSE:
                return Node(text in _TRUE, mark)
            if _SPECIAL.match(text):
                raise ValueError(f"{text} is not a number that a spec can hold")
            number = read_number(text)
            return Node(clean_text(text) if number is None else number, mark)
        except ValueError as error:
            hint = "put it in quotes if it is text" if event.implicit[0] else ""
            raise self.fault(str(error), mark, hint) from None


def _mark(event: yaml.Event) -> tuple[int, int]:
    start = event.start_mark
    return (start.line + 1, start.column + 1) if start else (1, 1)
