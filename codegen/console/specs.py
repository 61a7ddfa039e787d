"""From an argument of the command line to networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...derive.language.errors import ChalkgradError, suggest

if TYPE_CHECKING:
    from ...derive.pipeline import Network


def spec_path(spec: str) -> Path:
    """The file of that name or, where there is none, the shipped example of that name.

    Raises ChalkgradError where there is neither.
    """
    path = Path(spec)
    if path.exists():
        return path
    from ...derive import examples

    if spec in examples.names():
        return examples.path(spec)
    raise ChalkgradError(
        "no such file, and no shipped example of that name",
        where=spec,
        hint=suggest(spec, examples.names()),
    )


def load_networks(spec: str, sets: Sequence[str]) -> list[Network]:
    """All networks of a spec, with the ``KEY=VALUE`` changes of ``--set`` applied."""
    path = spec_path(spec)  # first: a mistyped name is told before the engine is loaded
    from ...derive import pipeline

    return list(pipeline.load_all(path, sets, page=_page))


def _page(entry: Any, position: int) -> None:
    """Raises ChalkgradError for an entry of ``deck:`` that no item of a lecture takes."""
    from ..lecture.items.entries import deck_item

    deck_item(entry, position)


def file_name(networks: Sequence[Network]) -> str:
    """The ``name:`` of the spec they come from: a network under ``networks:`` is NAME_KEY."""
    first = networks[0]
    key: str = first.spec.key
    return first.name if key == "main" else first.name.removesuffix(f"_{key}")


def choose(networks: Sequence[Network], wanted: str | None) -> Network | None:
    """The network with that name, or that key under ``networks:``; None where none is asked for.

    Raises ChalkgradError where there is no such network.
    """
    if wanted is None:
        return None
    for network in networks:
        if wanted in (network.name, network.spec.key):
            return network
    known = [network.spec.key for network in networks]
    raise ChalkgradError(
        f"no network is called '{wanted}'", where="--network", hint=suggest(wanted, known)
    )


def words(option: str, given: Iterable[str], known: Sequence[str] | None = None) -> list[str]:
    """The words of a comma-separated option that may be repeated, each once, in order.

    ``known`` lists the words allowed (None: any). Raises ChalkgradError for others and for none.
    """
    found = [word.strip() for text in given for word in _split(text)]
    for word in found:
        if not word:
            raise ChalkgradError("an empty name", where=option, hint="names separated by commas")
        if known is not None and word not in known:
            hint = suggest(word, known)
            raise ChalkgradError(
                f"'{word}' is not one of {', '.join(known)}", where=option, hint=hint
            )
    return list(dict.fromkeys(found))


def _split(text: str) -> list[str]:
    """Split at the commas outside brackets: ``W1[0,1],b1`` holds two names."""
    parts, depth = [""], 0
    for c in text:
        depth += (c == "[") - (c == "]")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts
