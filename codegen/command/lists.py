"""``chalkgrad layers`` and ``chalkgrad examples``: what is in the box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, echo

from ..console.output import plain_table, standard_output

if TYPE_CHECKING:
    from rich.console import Console

    from ...derive.spec.definition import Definition, OptionDecl, TensorDecl


def layers(
    name: Annotated[str | None, Argument(metavar="NAME", help="One entry in full.")] = None,
) -> None:
    """List the catalogue, or one entry with its equations, options and source."""
    if name is None:
        _list_layers(standard_output())
    else:
        _show_layer(name, standard_output())


def examples(
    name: Annotated[str | None, Argument(metavar="NAME", help="Print its spec.")] = None,
) -> None:
    """List the shipped specs, or print one."""
    from ...derive import examples as shipped

    if name is None:
        _list_examples(standard_output())
    else:  # byte for byte, so that it can be saved: ``> my.yaml``
        echo(shipped.text(name), nl=False)


def _list_layers(console: Console) -> None:
    """One line per catalogue entry, a table for each kind in the order of the catalogue."""
    from ...derive import catalogue

    kinds: dict[str, list[tuple[str, Definition]]] = {}
    for name in catalogue.names():
        entry = catalogue.definition(name)
        kinds.setdefault(entry.kind, []).append((name, entry))
    for kind, entries in kinds.items():
        table = plain_table(kind, "what it computes")
        for name, entry in entries:
            table.add_row(name, entry.summary)
        console.print(table)
    console.print("One in full: chalkgrad layers NAME")


def _show_layer(name: str, console: Console) -> None:
    """One catalogue entry: meaning, tensors, equations, options, source.

    Raises ChalkgradError where none is called so.
    """
    from ...derive import catalogue

    entry = catalogue.definition(name)
    console.print(f"{name} ({entry.kind}): {entry.summary}")
    for role in ("input", "target", "parameters", "constants"):
        tensors: dict[str, TensorDecl] = getattr(entry, role)
        _section(role, [_tensor(key, tensor) for key, tensor in tensors.items()], console)
    _section("axes", [f"{axis} = {size}" for axis, size in entry.axes.items()], console)
    _section("equations", entry.equations.rstrip().splitlines(), console)
    _section("output", [entry.output] if entry.output else [], console)
    _section("options", [_option(key, option) for key, option in entry.options.items()], console)
    _section("source", [entry.source] if entry.source else [], console)


def _section(title: str, lines: list[str], console: Console) -> None:
    """A heading with its lines under it; nothing where there are none."""
    if lines:
        console.print(f"\n{title}", style="bold")
        for line in lines:
            console.print(f"  {line}", soft_wrap=True)


def _tensor(key: str, tensor: TensorDecl) -> str:
    """``b[j]  if bias == per_unit``, in the words of the catalogue's file."""
    said = f"{tensor.name or key}[{','.join(str(size) for size in tensor.shape)}]"
    if tensor.name:
        said += f"  as {key} in the equations"
    if tensor.integer is not None:
        said += f"  whole numbers below {tensor.integer}"
    if tensor.fact:
        said += f"  {tensor.fact}"
    return f"{said}  if {tensor.if_}" if tensor.if_ else said


def _option(key: str, option: OptionDecl) -> str:
    """``bias = per_unit  one of per_unit, shared, none  (what it means)``."""
    default = (
        f"{key}: {option.type}, required" if option.required else f"{key} = {_word(option.default)}"
    )
    parts = [default]
    if option.one_of:
        parts.append("one of " + ", ".join(_word(value) for value in option.one_of))
    if option.min is not None:
        parts.append(f"at least {option.min}")
    if option.max is not None:
        parts.append(f"at most {option.max}")
    if option.help:
        parts.append(f"({option.help})")
    return "  ".join(parts)


def _word(value: Any) -> str:
    """A value as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list_examples(console: Console) -> None:
    """The shipped specs with the first comment line of each."""
    from ...derive import examples

    table = plain_table("example", "what it shows")
    for name in examples.names():
        table.add_row(name, _first_comment(examples.text(name)))
    console.print(table)
    console.print("A spec: chalkgrad examples NAME.  Build it: chalkgrad build NAME")


def _first_comment(text: str) -> str:
    """What the first comment line of a spec says; empty if it starts without one."""
    first = text.lstrip().partition("\n")[0]
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""
