"""Tables of the documentation that are read from the source: what a deck, a style, a theme and a
notation may say, and the library of mistakes. `make generated` writes them into `PAGES`.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ...derive.language.expr import Read
from ...derive.language.parser import Parsed, equations
from ...derive.language.text import text
from ...derive.optimizers import rules
from ...derive.optimizers.declared import declared
from ...derive.optimizers.options import glossary
from ...derive.optimizers.schedules import modifiers
from ...derive.pipeline import load
from ...derive.spec import initial
from ...derive.spec import models as spec_models
from ...derive.spec.schema import meanings
from ..deck.item import Item, OfNetwork
from ..documents.tex.sty import STYLE
from ..formula.latex_printer import Printer
from ..formula.rich import inline
from ..formula.tex_printer import kept
from ..formula.tree.write import EQUALS
from ..lecture.items.entries import items
from ..lecture.items.mistakes.library import LIBRARY
from ..lecture.items.optimizers.rule_steps import RulePrinter, rule_rows
from ..lecture.own import themes
from ..lecture.words import languages, words
from ..notation import model as notation_model
from ..notation import presets as notation_presets
from ..notation.symbols import symbols_of
from ..outputs import Default, Output, kinds, meaning

_DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = tuple(_DOCS / f"{name}.md" for name in ("lecture", "initialisation", "optimizers"))
LANGUAGE = "en"  # the language of the documentation
EXAMPLE = "neuron"  # the spec that docs/lecture.md begins with
_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


@cache
def tables() -> dict[str, str]:
    """Name -> Markdown table, ending with a newline."""
    return {
        "made": _outputs("deck") + _style(),
        "asked": _outputs("asked"),
        "items": _items(),
        "style": _options(spec_models.Style, leave=("theme",)),
        "theme": _options(themes.ThemeFile),
        "notation": _options(notation_model.Notation),
        "role": _options(notation_model.Role),
        "presets": _presets(),
        "mistakes": _mistakes(),
        "languages": _languages(),
        "initialisations": _initialisations(),
        "rules": _rules(),
        "schedules": _schedules(),
        "around": _around(),
    }


def filled(page: str) -> str:
    """The text of a page with every table between its marks brought up to date.

    Raises KeyError for a mark that no table has.
    """
    return _PLACE.sub(lambda m: f"{m[1]}\n{tables()[m[2]]}\n{m[3]}", page)


# -- outputs -----------------------------------------------------------------------------------


def _outputs(when: Default) -> str:
    """The documents of a lecture that are made then."""
    rows = [
        (f"`{row.name}`", _files(row), row.meaning) for row in kinds().values()
        if row.default == when
    ]  # fmt: skip
    return _table(("output", "file", "what it is"), rows)


def _files(row: Output) -> str:
    """Its PDF is named where it is made unasked."""
    named = [f"`{EXAMPLE}{end}`" for end in row.files]
    return ", ".join([*named, "`.pdf`"] if row.tex and row.default != "asked" else named)


def _style() -> str:
    """The last row of the table: what the documents share."""
    return _table_row(("", f"`{STYLE}`", f"{meaning(STYLE)}; keep it beside them"))


# -- models ------------------------------------------------------------------------------------


def _items() -> str:
    """Every item, its main option first; what all of them share stands once, at the end."""
    shared = (Item, OfNetwork)
    rows: list[tuple[str, ...]] = []
    for name, model in items().items():
        about = " ".join(str(model.__doc__).split())
        if model.main == "of":
            about += " The network may stand alone: `" + name + ": KEY`."
        elif model.main:
            about += f" `{model.main}` may stand alone."
        rows.append((f"**`{name}`**", "", "", about))
        rows += _rows(model, [k for k in model.model_fields if not _of(model, k, shared)])
    rows.append(("*every item*", "", "", ""))
    rows += _rows(Item, list(Item.model_fields))
    names = [f"`{name}`" for name, model in items().items() if issubclass(model, OfNetwork)]
    rows.append(("*items about one network*", "", "", ", ".join(names)))
    rows += _rows(OfNetwork, [k for k in OfNetwork.model_fields if k not in Item.model_fields])
    return _table(("item", "option", "values", "meaning"), rows)


def _of(model: type[BaseModel], key: str, bases: tuple[type[BaseModel], ...]) -> bool:
    """Is the option that of one of these bases, rather than the model's own?"""
    return any(
        issubclass(model, b) and key in b.model_fields and key not in model.__annotations__
        for b in bases
    )


def _options(model: type[BaseModel], leave: tuple[str, ...] = ()) -> str:
    keys = [k for k in model.model_fields if k not in leave]
    return _table(("key", "values", "meaning"), [row[1:] for row in _rows(model, keys)])


def _rows(model: type[BaseModel], keys: list[str]) -> list[tuple[str, ...]]:
    told = meanings(model)
    made: list[tuple[str, ...]] = []
    for key in keys:
        field = model.model_fields[key]
        made.append(("", f"`{field.alias or key}`", values(field), told[key]))
    return made


def values(field: FieldInfo) -> str:
    """What an option takes, its default in bold: **`layer`** or `none`; `1` … `50`, **`3`**."""
    default = field.get_default(call_default_factory=True)
    words_ = list(dict.fromkeys(_words(field.annotation)))
    if words_:
        chosen = [str(d) for d in (default if isinstance(default, list) else [default])]
        return " ".join(f"**`{w}`**" if w in chosen else f"`{w}`" for w in words_)
    bounds = {k: getattr(m, k) for m in field.metadata for k in ("ge", "le") if hasattr(m, k)}
    said = [_kind(field.annotation)]
    if {"ge", "le"} <= set(bounds):
        said = [f"{bounds['ge']} … {bounds['le']}"]
    if field.is_required():
        said.append("needed")
    elif default not in (None, "", [], {}, ()):
        said.append(f"**`{_shown(default)}`**")
    return ", ".join(part for part in said if part)


def _words(annotation: Any) -> Iterator[str]:
    """The words that a type admits, also in a list of them."""
    if get_origin(annotation) is Literal:
        yield from (str(word) for word in get_args(annotation))
    elif get_origin(annotation) in (list, Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        if len(parts) == 1:
            yield from _words(parts[0])
    elif hasattr(annotation, "__metadata__"):
        yield from _words(annotation.__origin__)


def _kind(annotation: Any) -> str:
    names = {str: "text", bool: "`true` `false`", int: "a whole number", list: "a list",
             dict: "a mapping"}  # fmt: skip
    if annotation in names:
        return names[annotation]
    origin = get_origin(annotation)
    if origin in (list, dict):
        return names[origin]
    if origin in (Union, types.UnionType):
        parts = [_kind(part) for part in get_args(annotation) if part is not type(None)]
        return " or ".join(dict.fromkeys(part for part in parts if part))
    if hasattr(annotation, "__metadata__"):
        return _kind(annotation.__origin__)
    return ""


def _shown(default: Any) -> str:
    if isinstance(default, spec_models.Digits):
        return str(default.count)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list | tuple):
        return "[" + ", ".join(str(part) for part in default) + "]"
    return str(default)


# -- what there is -------------------------------------------------------------------------------


def _presets() -> str:
    made = [(n, notation_presets.notation(n)) for n in notation_presets.notations()]
    return _table(("preset", "conventions", "follows"),
                  [(f"`{name}`", n.about, n.source) for name, n in made])  # fmt: skip


def _mistakes() -> str:
    said = words(LANGUAGE)
    rows = [(f"`{m.key}`", said(f"mistake_{m.key}"), m.of and f"`{m.of}`") for m in LIBRARY]
    return _table(("mistake", "what is wrong", "with the item"), rows)


def _initialisations() -> str:
    rows = []
    for name in initial.names():
        entry = initial.initialisation(name)
        options = [
            f"`{k}`" + ("" if option.required else f" (`{option.default}`)")
            for k, option in entry.options.items()
        ]
        numbers = [
            f"{k} `{text(e)}`" for k, e in entry.formulas.items() if text(e) not in entry.options
        ]
        rows.append((f"`{name}`", ", ".join(options), ", ".join(numbers), entry.summary,
                     entry.source))  # fmt: skip
    return _table(("name", "options (default)", "draws with", "about", "source"), rows)


def _rules() -> str:
    """A section per rule: its equations in every form, its options, what others do."""
    parts: list[str] = []
    for name in rules.trained():
        rule = rules.optimizer(name)
        parts += [f"### `{name}`", rule.summary, *_forms(name)]
        given = {**rule.options, **rule.more}
        rows = [(f"`{k}`", _default(v), glossary()[k].wanted, glossary()[k].meaning)
                for k, v in given.items()]  # fmt: skip
        parts += [_table(("option", "default", "may be", "meaning"), rows).rstrip("\n")]
        parts += [f"{rule.notes} Source: {rule.source}.".lstrip()]
    return "\n\n".join(parts) + "\n"


def _forms(name: str) -> Iterator[str]:
    for on in rules.forms_of(name):
        if on:
            given = " and ".join(f"`{k}`" for k in sorted(on))
            yield f"With {given}:"
        rows = rule_rows(_printer(), rules.optimizer(name, on))
        yield _display([f"{kept(row.left)} &= {kept(row.right)}" for row in rows])


def _display(lines: Sequence[str]) -> str:
    body = " \\\\\n".join(lines)
    return f"```math\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```"


@cache
def _printer() -> Printer:
    """Any network will do: a rule has symbols of its own."""
    return Printer(symbols_of(load("xor").derive(), "nielsen"))


def _equation(eq: Parsed) -> str:
    printer = RulePrinter(_printer(), rules.optimizer("sgd"))
    left = printer.expression(Read(eq.name, eq.indices), {})
    return inline(left, EQUALS, printer.expression(eq.rhs, {}))


def _default(value: Decimal | bool | None) -> str:
    if value is None:
        return "must be given"
    return str(value).lower() if isinstance(value, bool) else f"{float(value):g}"


def _schedules() -> str:
    rows = []
    for name, known in declared("schedules.yaml").items():
        options = [f"`{k}` ({_default(None if v is None else Decimal(v))}): {glossary()[k].meaning}"
                   for k, v in known["options"].items()]  # fmt: skip
        (eq,) = equations(known["equations"])
        rows.append((f"`{name}`", _equation(eq), "; ".join(options), known["notes"]))
    return _table(("schedule", "rate of update t", "options (default)", "the same as"), rows)


def _around() -> str:
    rows = []
    for name, known in modifiers().items():
        option = glossary()[name]
        said = f"{option.meaning}. {known.notes}"
        rows.append((f"`{name}`", _equation(known.equation), option.wanted, said))
    return _table(("option", "equation", "may be", "meaning"), rows)


def _languages() -> str:
    rows = [(f"`{code}`", f"`codegen/lecture/words/{code}.yaml`") for code in languages()]
    return _table(("code", "language"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "".join(map(_table_row, [head, tuple("---" for _ in head), *rows]))


def _table_row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _cell(text: str) -> str:
    """On one line, without what Markdown or HTML would take for a mark, but for code."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()).replace("|", "\\|"))
    safe = [re.sub(r"<(?!br>)", "&lt;", part) for part in parts[::2]]
    return "".join(a + b for a, b in zip(safe, [*parts[1::2], ""], strict=True))
