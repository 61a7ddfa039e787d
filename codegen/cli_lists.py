"""``chalkgrad layers`` and ``chalkgrad examples``: what is in the box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def list_layers(console: Console) -> None:
    """One line per catalogue entry, grouped by kind in the order of the catalogue."""
    from derive import catalogue

    groups: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name in catalogue.names():
        entry = _entry(name)
        groups.setdefault(str(entry.get("kind", "layer")), []).append((name, entry))
    for kind, entries in groups.items():
        table = _table(kind, "what it is", "options")
        for name, entry in entries:
            options = ", ".join(entry.get("options") or {})
            table.add_row(name, str(entry.get("summary", "")), options)
        console.print(table)
    console.print("One in full: chalkgrad layers NAME")


def show_layer(name: str, console: Console) -> None:
    """One catalogue entry: meaning, options, tensors, equations, source.

    Raises ChalkgradError where none is called so.
    """
    from rich.padding import Padding
    from rich.text import Text

    entry = _entry(name)
    console.print(Text(name, style="bold"), Text(str(entry.get("summary", ""))))
    for key in ("options", "input", "target", "axes", "parameters", "constants"):
        fields = entry.get(key)
        if fields:
            console.print(Text(f"\n{key}", style="bold"))
            for field, value in fields.items():
                console.print(Padding(Text(f"{field}: {_said(value)}"), (0, 0, 0, 2)))
    console.print(Text("\nequations", style="bold"))
    console.print(Padding(Text(str(entry["equations"]).rstrip()), (0, 0, 0, 2)))
    if entry.get("output"):
        console.print(Text(f"\noutput: {_said(entry['output'])}"))
    if entry.get("source"):
        console.print(Text(f"\nSource: {entry['source']}"))


def list_examples(console: Console) -> None:
    """The shipped specs with the first comment line of each."""
    from derive import examples

    table = _table("example", "what it shows")
    for name in examples.names():
        table.add_row(name, _first_comment(examples.text(name)))
    console.print(table)
    console.print("A spec: chalkgrad examples NAME.  Build it: chalkgrad build NAME")


def show_example(name: str) -> None:
    """The spec as it was written, byte for byte, so that it can be saved: ``> my.yaml``."""
    from derive import examples

    typer.echo(examples.text(name), nl=False)


def _entry(name: str) -> Mapping[str, Any]:
    """A catalogue entry as the plain mapping of its YAML."""
    from derive import catalogue

    definition: Any = catalogue.definition(name)
    if isinstance(definition, Mapping):
        return definition
    plain: Mapping[str, Any] = definition.model_dump(by_alias=True, exclude_unset=True)
    return plain


def _said(value: Any) -> str:
    """A YAML value in one line, as it would be written there."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_said(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_said(part) for part in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _first_comment(text: str) -> str:
    """What the first comment line of a spec says; empty if it starts without one."""
    first = text.lstrip().partition("\n")[0]
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
