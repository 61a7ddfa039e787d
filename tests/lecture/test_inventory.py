"""Every line of the lectures' inventory is on a page; a change of mind is one line of the spec."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import chalkgrad
from chalkgrad.codegen.documents.manifest.manifest import manifest
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive import examples
from tests.lecture.manifests import pages_changed

LINES = yaml.safe_load(Path(__file__).with_name("inventory.yaml").read_text(encoding="utf-8"))


@cache
def made(name: str, language: str = "en", *sets: str) -> Any:
    path = examples.path(f"lecture_{name}")
    deck = lecture(chalkgrad.load_all(path, sets), language, folder=Path(path).parent)
    return json.loads(manifest(deck))


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", LINES)
def test_every_line_of_the_inventory_has_its_pages(name: str, language: str) -> None:
    pages = made(name, language)["pages"]
    covered = {c for p in pages for c in [*p["covers"], p["item"]] if not p.get("mistake")}
    for line, wanted in LINES[name].items():
        assert set(wanted) <= covered, f"{line}: {sorted(set(wanted) - covered)}"


def test_the_gradients_come_in_the_order_of_the_spec() -> None:
    order = [c for p in made("mari")["pages"] for c in p["covers"] if c.startswith("chain-")]
    assert order == ["chain-W1", "chain-b1", "chain-W0", "chain-y0", "chain-b0"]


def ids(name: str, item: str) -> list[str]:
    return [p["id"] for p in made(name)["pages"] if p["item"] == item]


CHANGES = {
    # one line of the spec -> items whose pages may change; all others must not
    "style.digits=5": {"example", "check"},
    "style.rounding=truncate": {"example", "check", "functions"},
    "style.notation=ng": {"architecture", "forward", "gradients", "functions", "example", "check"},
    "style.level=[chain, index]": {"gradients"},
    "update.sgd.rate=0.5": {"example", "check"},
    "style.chain=full": {"gradients", "example"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_mind_is_one_line(change: str) -> None:
    before, after = made("mari"), made("mari", "en", change)
    item = {p["id"]: p["item"] for m in (after, before) for p in m["pages"]}
    changed = pages_changed(before, after)
    assert changed, change
    assert {item[k] for k in changed} <= CHANGES[change], change


def test_which_gradients_and_their_order_is_one_line() -> None:
    path = examples.path("lecture_mari")
    spec = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    place = next(k for k, e in enumerate(spec["deck"]) if "gradients" in e)
    after = made("mari", "en", f"deck[{place}].gradients.wrt=[b0, W1]")
    order = [c for p in after["pages"] for c in p["covers"] if c.startswith("chain-")]
    assert order == ["chain-b0", "chain-W1"]
    same = [p for p in after["pages"] if p["item"] in ("example", "functions", "forward")]
    assert same == [
        p | {"page": q["page"]}
        for p, q in zip(
            (p for p in made("mari")["pages"] if p["item"] in ("example", "functions", "forward")),
            same,
            strict=True,
        )
    ]


def test_the_language_changes_words_and_the_decimal_mark_only() -> None:
    english, portuguese = made("mari"), made("mari", "pt")
    assert [p["id"] for p in english["pages"]] == [p["id"] for p in portuguese["pages"]]
    assert [p["numbers"] for p in english["pages"]] == [p["numbers"] for p in portuguese["pages"]]
    assert (english["decimal_mark"], portuguese["decimal_mark"]) == (".", ",")
    differ = [p["id"] for p, q in zip(english["pages"], portuguese["pages"], strict=True)
              if p["title"] != q["title"]]  # fmt: skip
    assert len(differ) > 20


def test_the_aspect_changes_no_content() -> None:
    wide, narrow = made("mari"), made("mari", "en", "style.aspect='4:3'")
    assert narrow["aspect"] == "4:3"
    assert {n["id"] for p in wide["pages"] for n in p["numbers"]} == {
        n["id"] for p in narrow["pages"] for n in p["numbers"]
    }
