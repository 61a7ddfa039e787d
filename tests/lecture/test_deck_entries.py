"""The entries of ``deck:``: derive keeps them as they are, the items say what they may hold."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from chalkgrad import load_all
from chalkgrad.codegen.console.specs import load_networks
from chalkgrad.codegen.lecture.items import pages_of
from chalkgrad.codegen.lecture.items.entries import deck_item, items
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.spec.spec import load_specs

SPEC: dict[str, Any] = {"name": "tiny", "network": {"units": [1, 1]}, "loss": "squared_error"}
FAULTS = [
    ({"train": {"rounds": 0}}, "deck[3].train.rounds", "greater than or equal to 1"),
    ({"train": {"round": 3}}, "deck[3].train.round", "unknown key 'round'"),
    ({"relu_sum": {}}, "deck[3].relu_sum.f", "'f' is missing"),
    ({"title": "Title"}, "deck[3]", "'title' takes options by name"),
    ("trian", "deck[3]", "there is no deck item 'trian'"),
]


@pytest.mark.parametrize("name", items())
def test_every_item_makes_pages(name: str) -> None:
    assert list(inspect.signature(pages_of(name)).parameters) == ["context", "options"]


@pytest.mark.parametrize(("entry", "where", "what"), FAULTS)
def test_a_fault_of_an_entry_is_told_with_its_place(entry: Any, where: str, what: str) -> None:
    with pytest.raises(ChalkgradError) as fault:
        deck_item(entry, 3)
    assert fault.value.where == where
    assert what in fault.value.what


@pytest.mark.parametrize(("entry", "where", "what"), FAULTS)
def test_a_lecture_refuses_what_no_item_takes(entry: Any, where: str, what: str) -> None:
    """Whoever loads a spec for its derivation is not asked what a lecture shows."""
    spec = SPEC | {"deck": ["title", "agenda", "forward", entry]}
    assert load_specs(spec)[0].deck[3] == entry
    with pytest.raises(ChalkgradError) as fault:
        lecture(load_all(spec), "en")
    assert fault.value.where == where
    assert what in fault.value.what


def test_the_command_tells_the_line_of_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text("name: tiny\nnetwork: {units: [1, 1]}\nloss: squared_error\n"
                    "deck:\n- title\n- train: {rounds: 0}\n")  # fmt: skip
    with pytest.raises(ChalkgradError) as fault:
        load_networks(str(path), [])
    assert fault.value.where == f"{path}:6:3: deck[1]"
    with pytest.raises(ChalkgradError) as fault:
        load_networks(str(path), ["deck=[titel]"])
    assert fault.value.where.startswith("--set deck")
    assert fault.value.hint == "did you mean 'title'?"


def test_an_entry_that_is_no_name_is_refused_when_the_spec_is_loaded() -> None:
    with pytest.raises(ChalkgradError, match="one page is a name"):
        load_specs(SPEC | {"deck": [{"title": {}, "forward": {}}]})


@pytest.mark.parametrize("name", items())
def test_every_item_has_its_pages(name: str) -> None:
    assert callable(pages_of(name))
