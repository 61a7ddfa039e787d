"""The five lectures' numbers, found in the manifests of the decks that their specs make."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad.codegen.documents.manifest.manifest import manifest
from chalkgrad.codegen.formula.numerals import Numerals
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.derive.spec import strict_yaml
from tests.lecture.manifests import pages_changed
from tests.paths import EXAMPLES

SPECS = EXAMPLES / "lectures"
NUMBERS: Any = strict_yaml.load_text(
    Path(__file__).with_name("lecture_numbers.yaml").read_text(encoding="utf-8")
)


@cache
def made(name: str, language: str = "en", *sets: str) -> Any:
    """The manifest of a lecture as data."""
    networks = chalkgrad.load_all(SPECS / f"{name}.yaml", sets)
    return json.loads(manifest(lecture(networks, language, folder=SPECS)))


def figures(name: str, *sets: str) -> dict[str, dict[str, str]]:
    """All numbers of a deck by id; the certified form where there is one."""
    found: dict[str, dict[str, str]] = {}
    for page in made(name, "en", *sets)["pages"]:
        if page.get("mistake"):
            continue
        for number in page["numbers"]:
            if number["id"] not in found or "relation" in number:
                found[number["id"]] = number
    return found


def entries(name: str, want: Any, shape: tuple[int, ...]) -> dict[str, Decimal]:
    """``name[i,j]`` to the number that the fixture gives."""
    flat = [Decimal(str(v)) for v in _flat(want)]
    places = list(np.ndindex(*shape)) if shape else [()]
    assert len(flat) == len(places), (name, flat, shape)
    return {f"{name}[{','.join(map(str, k))}]" if k else name: v
            for k, v in zip(places, flat, strict=True)}  # fmt: skip


def _flat(value: Any) -> list[Any]:
    return [x for v in value for x in _flat(v)] if isinstance(value, list) else [value]


def shapes(name: str, key: str) -> dict[str, tuple[int, ...]]:
    network = next(n for n in chalkgrad.load_all(SPECS / f"{name}.yaml") if n.spec.key == key)
    return {t.name: tuple(int(network.size(a)) for a in t.axes if a != "n")
            for t in network.tensors.values()}  # fmt: skip


def check(found: dict[str, dict[str, str]], wanted: dict[str, Decimal], numerals: Numerals) -> None:
    for key, want in wanted.items():
        assert key in found, f"{key} is on no page"
        got = Decimal(found[key]["value"])
        digits = -int(want.as_tuple().exponent)
        near = digits >= 8
        assert (round(got, digits) == want) if near else (abs(got - want) < Decimal("1e-12")), key
        assert found[key]["printed"] == numerals.plain(got), key


@pytest.mark.parametrize(("key", "fixture"), [("e111", "n111"), ("e121", "n121"), ("main", "n232")])
def test_the_worked_examples_of_mari(key: str, fixture: str) -> None:
    found, sizes = figures("mari"), shapes("mari", key)
    wanted: dict[str, Decimal] = {}
    data = NUMBERS[fixture]
    for name, value in data["forward"].items():
        tensor = "L" if name == "loss" else name
        wanted |= entries(f"{key}.{tensor}", value, sizes[tensor] if tensor != "L" else ())
    for name, value in data["backward"].items():
        if name != "dv1" and not (key == "e111" and name == "dy0"):
            wanted |= entries(f"{key}.{name}", value, sizes[name[1:]])
    for name, value in data["updated"].items():
        wanted |= entries(f"{key}.new.{name}", value, sizes[name])
    wanted |= entries(f"{key}.after.L", data["after_one_step"], ())
    check(found, wanted, Numerals(4))


def test_the_network_that_learns() -> None:
    found, sizes = figures("mazur"), shapes("mazur", "net")
    data = NUMBERS["mazur"]
    wanted: dict[str, Decimal] = {}
    for name, value in data["forward"].items():
        tensor = "L" if name == "loss" else name
        wanted |= entries(f"net.{tensor}", value, sizes[tensor])
    for name in ("dy_o", "dW_o"):
        wanted |= entries(f"net.{name}", data["backward"][name], sizes[name[1:]])
    wanted |= entries("net.dW_h", data["backward"]["dW_h"], sizes["W_h"])
    for edge, new in zip(range(1, 9), data["edges"], strict=True):
        name, k = ("W_h", edge - 1) if edge < 5 else ("W_o", edge - 5)
        wanted[f"net.new.{name}[{k % 2},{k // 2}]"] = Decimal(str(new))
    wanted["net.after.L"] = Decimal(str(data["after_one_step"]["fixed"]))
    wanted["net.round10000.L"] = Decimal("0.00003510187783")
    for k, out in enumerate(data["outputs_after_10000"]):
        wanted[f"net.round10000.y_o[{k}]"] = Decimal(str(out))
    check(found, wanted, Numerals(3, rounding="truncate"))


def test_the_sums_of_002_that_cannot_be_redone_by_hand_say_so() -> None:
    """0.274 + 0.023 is 0.297 and 0.4 − 0.5 · 0.082 is 0.359: the printed results are truncated."""
    found = figures("mazur")
    assert found["net.L"] | {"value": ""} == {
        "id": "net.L", "value": "", "printed": "0.298", "rounding": "truncate", "relation": "≈",
    }  # fmt: skip
    assert found["net.new.W_o[0,0]"]["printed"] == "0.358"
    assert found["net.new.W_o[0,0]"]["relation"] == "≈"
    assert any("net: L: the printed digits give 0.297" in r for r in made("mazur")["reports"])


@pytest.mark.parametrize(
    ("rounding", "printed", "relation"),
    [("half_up", "0.6397", "="), ("half_even", "0.6397", "≈"), ("truncate", "0.6396", "=")],
)
def test_certification_of_one_line(rounding: str, printed: str, relation: str) -> None:
    """0.5793 · 0.5 + 0.35 = 0.63965: a tie that half_even rounds down."""
    found = figures("mari", f"style.rounding={rounding}")
    line = found["e111.v1[0]"]
    assert (line["printed"], line["relation"]) == (printed, relation)


def test_a_change_of_mind_changes_its_pages_only() -> None:
    before = made("mari")
    assert pages_changed(before, before) == []
    digits = pages_changed(before, made("mari", "en", "style.digits=5"))
    assert digits
    assert all(k.startswith(("example", "check")) for k in digits)
    same = [p["id"] for p in before["pages"] if p["item"] in ("gradients", "functions", "forward")]
    assert same
    assert not set(same) & set(digits)
