"""A formula's shape, read from Typst's own tree of it and from ours: one line of text each.

A fraction, a script or a matrix is a word with what is in it; faces, colours and spaces are none.
The two readings share nothing but the words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typst

from chalkgrad.codegen.formula.tree import nodes as t
from chalkgrad.codegen.formula.tree.symbols import negated
from chalkgrad.codegen.formula.typst.printer import math_typst

# marks and texts as what is in them
PLAIN = """
#let now = 0
#let cgf(k, it) = it
#let cgc(k, it) = it
#let cgr(k, it) = it
#let cgn(k, it) = it
#let cgat(now, k, it) = it
#let cghl(it) = it
#let cgblank(it) = it
#let cgboxed(it) = it
#let cgsmash(it) = it
#let cgphantom(it) = it
#let cghphantom(it) = it
#let cgvphantom(it) = it
#let cgtext(words, ..look) = text(words)
"""
_BRACES = ("underbrace", "overbrace", "underbracket", "overbracket")
_UNDER = ("underline", "overline")


def read_back(formulas: Sequence[str]) -> list[str]:
    """What Typst takes each formula for."""
    source = PLAIN + "\n\n".join(f"$ {math_typst(f, display=True)} $" for f in formulas)
    found = json.loads(typst.query(source.encode(), "math.equation", field="body"))
    return [from_typst(body) for body in found]


def from_typst(node: Any) -> str:
    """The shape of content of Typst, as its compiler says it."""
    if node is None:
        return ""
    kind = node["func"]
    match kind:
        case "sequence":
            return "".join(map(from_typst, node["children"]))
        case "symbol" | "text":
            return _letters(node["text"])
        case "space" | "h" | "align-point":
            return ""
        case "styled":
            return from_typst(node["child"])
        case "attach":
            scripts = (from_typst(node.get(k)) for k in ("b", "t"))
            return _scripts(from_typst(node["base"]), *scripts)
        case "frac":
            return f"frac({from_typst(node['num'])};{from_typst(node['denom'])})"
        case "binom":
            lower = "".join(map(from_typst, node["lower"]))
            return f"binom({from_typst(node['upper'])};{lower})"
        case "root":
            return f"root({from_typst(node.get('index'))};{from_typst(node['radicand'])})"
        case "accent":
            return f"accent({from_typst(node['base'])})"
        case "mat":
            rows = (",".join(map(from_typst, row)) for row in node["rows"])
            fences = ["" if c is None else c for c in node["delim"]]
            return f"{fences[0]}grid({';'.join(rows)}){fences[1]}"
        case "op":
            return from_typst(node["text"])
        case _ if kind in _BRACES:
            return f"{kind}({from_typst(node['body'])};{from_typst(node.get('annotation'))})"
        case _ if kind in _UNDER:
            return f"accent({from_typst(node['body'])})"
        case "lr" | "class" | "mid" | "limits" | "scripts" | "stretch" | "equation":
            return from_typst(node["body"])
    raise ValueError(kind)


# -- our tree --------------------------------------------------------------------------------------

_FENCES = {"bmatrix": "[]", "pmatrix": "()", "vmatrix": "||", "Vmatrix": "‖‖", "Bmatrix": "{}"}
_ALIGNED = ("aligned", "alignedat", "split", "gathered")


def from_tree(node: t.Node | None) -> str:
    """The shape of a tree."""
    match node:
        case None | t.Space() | t.Blank() | t.Switch():
            return ""
        case t.Sign(text=text):
            return _letters(text)
        case t.Number(text=text):
            return text.replace("{,}", ",")
        case t.Row(items=items):
            return _all(items)
        case t.Scripts(base=t.Accent(command=name, body=body), marks=((_, script),)) if (
            name in _BRACES
        ):
            return f"{name}({from_tree(body)};{from_tree(script)})"
        case t.Scripts():
            return _scripts(from_tree(node.base), from_tree(node.low), _all(node.raised))
        case t.Fraction(command=name, over=over, under=under):
            kind = "binom" if name.endswith("binom") else "frac"
            return f"{kind}({from_tree(over)};{from_tree(under)})"
        case t.Root(body=body, index=index):
            return f"root({from_tree(index)};{from_tree(body)})"
        case t.Stacked(command=name, mark=mark, base=base):
            low, high = (mark, None) if name == "underset" else (None, mark)
            return _scripts(from_tree(base), from_tree(low), from_tree(high))
        case t.Arrow(command=name, above=above, below=below):
            arrow = "→" if name == "xrightarrow" else "←"
            return _scripts(arrow, from_tree(below), from_tree(above))
        case t.Accent(command=name, body=body):
            return (
                f"{name}({from_tree(body)};)" if name in _BRACES else f"accent({from_tree(body)})"
            )
        case t.Operator(body=body):
            return _letters(t.words_of(body))
        case t.Padded(command="not", body=body):
            return _letters(negated(t.words_of(body)))
        case t.Modulo(command=name, body=body):
            said = f"{'' if name == 'pod' else 'mod'}{from_tree(body)}"
            return said if name == "mod" else f"({said})"
        case t.Command(body=body) | t.Marked(body=body):
            return from_tree(body)
        case t.Fenced(fences=fences, parts=parts):
            pairs = zip(fences[1:], parts[1:], strict=False)
            middle = "".join(_letters(f.text) + from_tree(p) for f, p in pairs)
            return f"{fences[0].text}{from_tree(parts[0])}{middle}{fences[-1].text}"
        case t.Big(fence=fence):
            return fence.text
        case t.Grid():
            return _grid(node)
        case t.Lines(lines=lines):
            return f"grid({';'.join(map(from_tree, lines))})"
        case t.Text(runs=runs):
            return "".join(_letters(r.text) if isinstance(r, t.Words) else from_tree(r)
                           for r in runs)  # fmt: skip
    raise ValueError(type(node).__name__)


def _grid(node: t.Grid) -> str:
    between = "" if node.environment in _ALIGNED else ","
    rows = ";".join(between.join(map(from_tree, line.cells)) for line in node.kept)
    first, last = {"cases": ("{", ""), "rcases": ("", "}")}.get(
        node.environment, tuple(_FENCES.get(node.environment, ""))[:2] or ("", "")
    )
    return f"{first}grid({rows}){last}"


def _all(nodes: Iterable[t.Node]) -> str:
    return "".join(map(from_tree, nodes))


def _letters(text: str) -> str:
    """Spaces are no letters, nor is it told how a prime is written."""
    return "".join(text.split())


def _scripts(base: str, low: str, high: str) -> str:
    return f"{base}{f'_({low})' if low else ''}{f'^({high})' if high else ''}"
