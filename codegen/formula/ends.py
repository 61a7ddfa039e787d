"""What a formula begins and ends with: two factors may stand side by side, or need a sign."""

from __future__ import annotations

from .tree.nodes import Big, Faced, Fraction, Group, Marked, Node, Number, Row, Scripts, Sign


def first(node: Node) -> Node:
    return _items(node)[0]


def opens(node: Node) -> bool:
    """A parenthesis of any size, which opens."""
    return isinstance(node, Big) or _is_sign(node, "(")


def calls(node: Row, function: Row) -> bool:
    """Does a formula begin with this function and its parenthesis?"""
    name, rest = node.items[: len(function.items)], node.items[len(function.items) :]
    return name == function.items and bool(rest) and opens(rest[0])


def begins_with_fraction(node: Node) -> bool:
    return isinstance(first(node), Fraction)


def is_letter(node: Node) -> bool:
    """One letter and nothing else."""
    only = _items(node)[-1] if len(_items(node)) == 1 else None
    return isinstance(only, Sign) and len(only.text) == 1 and only.text.isalpha()


def begins_with_letter(node: Node) -> bool:
    """A letter by itself or as a base, also behind marks and parentheses: no number."""
    match node:
        case Row(items):
            return begins_with_letter(next((n for n in items if not opens(n)), Number("")))
        case Marked(body=inside) | Scripts(base=inside):
            return begins_with_letter(inside)
    return isinstance(node, Sign) and node.source.isalpha()


def begins_with_digit(node: Node) -> bool:
    return isinstance(_nucleus(first(node)), Number)


def ends_with_digit(node: Node) -> bool:
    last = _items(node)[-1]
    if isinstance(last, Scripts):  # x_1: a digit without braces
        last = last.marks[-1][1]
    return isinstance(last, Number)


def begins_with_numeral(node: Node) -> bool:
    """A number, a fraction of two, or 1 as an indicator; also behind a parenthesis or a minus."""
    items = _items(node)
    for skipped in ("(", "−"):
        if items[1:] and _is_sign(items[0], skipped):
            items = items[1:]
    begin = _nucleus(items[0])
    one = isinstance(begin, Faced) and begin.command == "mathbf" and _is_number(begin.body)
    return one or isinstance(begin, Number) or _is_ratio(begin)


def ends_with_numeral(node: Node) -> bool:
    """A number or a fraction of two; also in front of a parenthesis."""
    items = _items(node)
    if items[1:] and _is_sign(items[-1], ")"):
        items = items[:-1]
    return _is_ratio(items[-1]) or ends_with_digit(Row(items))


def _items(node: Node) -> tuple[Node, ...]:
    return node.items if type(node) is Row else (node,)


def _nucleus(node: Node) -> Node:
    return node.base if isinstance(node, Scripts) else node


def _is_sign(node: Node, shown: str) -> bool:
    return isinstance(node, Sign) and node.text == shown


def _is_ratio(node: Node) -> bool:
    return isinstance(node, Fraction) and _is_number(node.over) and _is_number(node.under)


def _is_number(node: Node) -> bool:
    """Digits in braces, with a minus or without."""
    if not isinstance(node, Group):
        return False
    items = node.items[1:] if node.items and _is_sign(node.items[0], "−") else node.items
    return len(items) == 1 and isinstance(items[0], Number)
