"""A spec as text: what it says, what it inherits, and what is refused, where, in which words."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.spec.fields import LayerUse, Use
from chalkgrad.derive.spec.spec import load_definitions, load_specs
from chalkgrad.derive.spec.strict_yaml import load_text
from tests.paths import ROOT, SPECS


def by_key(name: str, *sets: str) -> dict[str, Any]:
    return {spec.key: spec for spec in load_specs(SPECS / f"{name}.yaml", sets)}


def one(text: str, *sets: str) -> Any:
    (spec,) = load_specs(sets=sets, text=text)
    return spec


# --- YAML ----------------------------------------------------------------------------------------


def test_yaml_keeps_words_as_text_and_decimals_exact():
    text = "[on, off, yes, no, y, n, NO, true, false, null, ~, 1/outputs, 1/2, .1, 1e-3, 010, inf]"
    assert load_text(text) == [
        *("on", "off", "yes", "no", "y", "n", "NO", True, False, None, None, "1/outputs", "1/2"),
        *(Decimal("0.1"), Decimal("0.001"), 10, "inf"),
    ]
    tenth = load_text("0.10")
    assert isinstance(tenth, Decimal)
    assert str(tenth) == "0.10"  # the text's own digits, not a float's
    assert load_text('"1.5"') == "1.5"
    assert load_text("1:30") == "1:30"  # no base-60 numbers
    assert load_text("2024-01-01") == "2024-01-01"  # no dates
    assert load_text("{y: 1, n: 2}") == {"y": 1, "n": 2}


def test_aliases_are_copies():
    loaded = load_text("a: &x [1, 2]\nb: *x\n")
    assert loaded == {"a": [1, 2], "b": [1, 2]}
    assert loaded["a"] is not loaded["b"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3", "3:1", "'a' stands already in line 1"),
        ("a: &x [1, *x]", "1:11", "inside its own anchor"),
        ("a: *x", "1:4", "no anchor"),
        ("a: &x 1\nb: &x 2", "2:4", "set twice"),
        ("a: !!python/object/apply:os.system [x]", "1:4", "tag"),
        ("a: !x 1", "1:4", "tag"),
        ("a: 1\n---\nb: 2", "2:1", "second YAML document"),
        ("a: .nan", "1:4", ".nan is not a number"),
        ("a: -.inf", "1:4", "-.inf is not a number"),
        ("a: 1e401", "1:4", "exponent"),
        ("a: " + "1" * 41, "1:4", "at most 40 digits"),
        ("? [1]\n: 2", "1:3", "key must be text"),
        ("1: 2", "1:1", "key must be text"),
        ('a: "\\x1b[31m"', "1:4", "control character U+001B"),
        ("a: \x07", "1:4", "character that YAML does not allow"),
        ("a: [1, 2", "1:9", "not readable as YAML"),
        ("a: " + "[" * 65, "1:67", "more than 64 levels"),
    ],
)
def test_yaml_refusals_name_the_place(text: str, place: str, words: str):
    with pytest.raises(ChalkgradError, match=re.escape(words)) as caught:
        load_text(text, "a.yaml")
    assert caught.value.where == f"a.yaml:{place}"


# --- the specs of the lectures -------------------------------------------------------------------


def test_mari_short_form_and_inheritance():
    specs = by_key("mari")
    assert [spec.name for spec in specs.values()] == [
        "lecture05",
        "lecture05_e111",
        "lecture05_e121",
    ]
    main, e111 = specs["main"], specs["e111"]
    dense = [LayerUse("dense", {"units": n, "activation": "sigmoid"}) for n in (3, 2)]
    assert main.layers == dense
    assert main.input["x"].shape == [2]
    assert main.target["y"].shape == [2]
    assert main.loss == Use("squared_error", {"factor": "1/outputs"})
    assert main.update == Use("sgd", {"rate": Decimal("0.01")})
    assert main.values["W0"][1] == [Decimal("0.4"), Decimal("0.5"), Decimal("0.6")]
    assert main.style.language == ["en", "pt"]
    assert main.title["pt"] == "Redes neurais artificiais"
    # units are its own, the activation is that of the file
    assert e111.layers == [LayerUse("dense", {"units": 1, "activation": "sigmoid"})] * 2
    assert e111.loss == main.loss
    assert e111.values["x"] == Decimal("0.7")
    assert e111.target["y"].shape == [1]
    assert main.deck[2] == {"slide": "history.md"}


def test_mazur_names_edges_and_style_key_by_key():
    specs = by_key("mazur")
    net, circuit = specs["net"], specs["circuit"]
    assert [layer.alias for layer in net.layers] == ["h", "o"]
    assert net.layers[0].options == {"units": 2, "activation": "sigmoid", "bias": "shared"}
    assert (net.style.notation, net.style.rounding, net.style.digits.count) == (
        *("huertas_net", "truncate"),
        3,
    )
    assert (net.style.edges.name, net.style.edges.order, net.style.edges.start) == (
        *("w", "to_from"),
        1,
    )
    assert net.values["edges"][-1] == Decimal("0.55")
    assert net.update.options["freeze"] == ["b_h", "b_o"]
    assert circuit.loss == Use("f", {}, bare=True)
    assert circuit.layers == []
    assert circuit.input["z"].shape == []
    assert circuit.style.notation == "huertas"


def test_ng_words_of_python_name_networks_and_no_loss_means_no_target():
    specs = by_key("ng")
    assert list(specs) == ["and", "or", "xnor", "sum", "neuron", "deep"]
    assert specs["or"].layers == specs["and"].layers
    assert specs["or"].target == {}
    assert specs["or"].loss is None
    assert specs["or"].values["b0"] == -10
    assert [layer.options["units"] for layer in specs["xnor"].layers] == [2, 1]
    assert specs["xnor"].layers[0].options["activation"] == "sigmoid"
    assert specs["sum"].layers == []  # nothing of another network's structure
    assert specs["deep"].target["y"].shape == [1]


def test_ando_symbolic_sizes_samples_and_chains():
    specs = by_key("ando")
    assert specs["xor"].batch == "sum"
    assert specs["xor"].samples["y"] == [0, 1, 1, 0]
    assert specs["xor"].values["W1"][0] == Decimal("0.9")  # flat, filled into its shape later
    assert all(layer.options["bias"] == "none" for layer in specs["xor"].layers)
    assert specs["two"].input["x"].shape == ["n_x"]
    assert specs["two"].loss.options == {"factor": "1/2"}
    assert [layer.options["activation"] for layer in specs["two"].layers] == ["g", "g"]
    assert (specs["two"].style.notation, specs["two"].style.digits.count) == ("ando_layers", 8)


# --- the forms -----------------------------------------------------------------------------------


def test_layers_from_as_share_and_bare_names():
    spec = one(
        "name: a\ninput: {x: [3], u: {shape: [m], integer: vocab}}\nlayers:\n"
        "  - flatten\n  - dense: {units: h, from: x, as: first}\n"
        "  - concat: {from: [first, u]}\n  - dense: {units: 2, share: first}\n  - relu:\n"
    )
    assert spec.layers == [
        LayerUse("flatten"),
        LayerUse("dense", {"units": "h"}, ("x",), "first"),
        LayerUse("concat", {}, ("first", "u")),
        LayerUse("dense", {"units": 2}, share="first"),
        LayerUse("relu"),
    ]
    assert spec.input["u"].integer == "vocab"


def test_activations_one_per_layer_and_with_options():
    spec = one(
        "name: a\nnetwork: {units: [2, 3, 1], activation: [{leaky_relu: {slope: .1}}, tanh]}"
    )
    assert [layer.options["activation"] for layer in spec.layers] == [
        {"leaky_relu": {"slope": Decimal("0.1")}},
        "tanh",
    ]


def test_penalties_digits_and_empty_keys():
    spec = one(
        "name: a\nequations: L = 1\npenalty: {l2: {rate: 0.1}, l1: {rate: 1}}\n"
        "style: {digits: {significant: 4}, level: chain}\nvalues:\nloss:\n"
    )
    assert [use.kind for use in spec.penalty] == ["l2", "l1"]
    assert (spec.style.digits.count, spec.style.digits.significant) == (4, True)
    assert spec.style.level == ["chain"]
    assert spec.values == {}
    assert spec.loss is None


def test_definition_options_and_their_defaults():
    definition = load_definitions(
        "pool:\n  options: {units: integer, k: 3, stride: {type: integer, default: k, min: 1}, "
        "mode: {default: same, one_of: [same, valid]}, eps: 1e-5, factor: expression}\n"
        "  input: {x: [..., h]}\n  equations: y[...] = x[...]\n"
    )["pool"]
    assert definition.input["x"].shape == ["...", "h"]
    kinds = {name: (o.type, o.required) for name, o in definition.options.items()}
    assert kinds == {
        "units": ("integer", True),
        "k": ("integer", False),
        "stride": ("integer", False),
        "mode": ("text", False),
        "eps": ("number", False),
        "factor": ("expression", True),
    }
    read = definition.read_options({"units": 4, "k": 5, "factor": "1/2"})
    assert read == {
        **{"units": 4, "k": 5, "stride": 5, "mode": "same"},
        **{"eps": Decimal("0.00001"), "factor": "1/2"},
    }
    assert definition.read_options({"units": "m", "factor": 1})["units"] == "m"  # a symbol


@pytest.mark.parametrize(
    ("given", "where", "words"),
    [
        ({}, "", "the option 'units' is missing"),
        ({"units": 2, "bia": 1}, "bia", "did you mean 'bias'?"),
        ({"units": Decimal("2.5")}, "units", "takes a whole number; got 2.5"),
        ({"units": True}, "units", "takes a whole number"),
        ({"units": 2, "bias": "no"}, "bias", "one of per_unit, none; got 'no'"),
        ({"units": 0}, "units", "at least 1; got 0"),
        ({"units": [2]}, "units", "takes a whole number"),
    ],
)
def test_options_are_refused_by_name(given: dict[str, Any], where: str, words: str):
    definition = load_definitions(
        "d:\n  options: {units: {type: integer, min: 1}, "
        "bias: {default: per_unit, one_of: [per_unit, none]}}\n  equations: y = x\n"
    )["d"]
    with pytest.raises(ChalkgradError, match=re.escape(words)) as caught:
        definition.read_options(given)
    assert caught.value.where == where


def test_the_catalogue_is_in_the_form_of_a_definition():
    files = sorted((ROOT / "derive/catalogue").glob("*.yaml"))
    loaded = [name for file in files for name in load_definitions(file.read_text(), file.name)]
    assert "dense" in loaded
    assert len(loaded) == len(set(loaded))


# --- a mapping from Python -----------------------------------------------------------------------


def test_a_mapping_is_the_same_as_its_text_and_is_not_touched():
    given = {
        "name": "a",
        "network": {"units": (2, 1)},
        "values": {"W0": [[0.1], [Fraction(1, 3)]], "b0": Decimal("0.50")},
        "loss": "squared_error",
    }
    before = copy.deepcopy(given)
    (spec,) = load_specs(given, ["values.b0=2", "network.bias=none"])
    assert given == before
    assert spec.values == {"W0": [[Decimal("0.1")], [Fraction(1, 3)]], "b0": 2}
    assert spec.network.bias == "none"
    assert spec.target["y"].shape == [1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"x": float("nan")}, "values.x: nan is not a number"),
        ({"x": [1, float("inf")]}, "values.x[1]: inf is not a number"),
        ({"x": 10**40}, "values.x: a number has at most 40 digits"),
        ({"x": object()}, "values.x: a spec holds text, numbers, lists and mappings, no object"),
        ({3: 1}, "values: a key must be text"),
    ],
)
def test_what_python_may_not_put_in(values: Any, words: str):
    with pytest.raises(ChalkgradError, match=re.escape(words)):
        load_specs({"name": "a", "equations": "L = 1", "values": values})


def test_a_mapping_that_contains_itself_is_refused():
    ring: dict[str, Any] = {"name": "a"}
    ring["train"] = ring
    with pytest.raises(ChalkgradError, match="contains itself"):
        load_specs(ring)


# --- overrides -----------------------------------------------------------------------------------


def test_set_overrides_any_key():
    spec = by_key("mari", "update.sgd.rate=1", "style.digits=6", "networks.e111.batch=sum")
    assert spec["main"].update.options == {"rate": 1}
    assert spec["e121"].update.options == {"rate": 1}
    assert spec["e111"].style.digits.count == 6
    assert (spec["main"].batch, spec["e111"].batch) == ("mean", "sum")
    text = "name: a\ninput: {x: [2]}\nlayers:\n  - dense: {units: 3}\n  - relu\nupdate: sgd\n"
    changed = one(text, "layers[0].dense.units=5", "layers.1=tanh", "update.sgd.rate=.5")
    assert changed.layers == [LayerUse("dense", {"units": 5}), LayerUse("tanh")]
    assert changed.update == Use("sgd", {"rate": Decimal("0.5")})


@pytest.mark.parametrize(
    ("override", "where", "words"),
    [
        ("update.sgd.rate", "--set update.sgd.rate", "not an override"),
        ("updat.sgd.rate=1", "--set updat.sgd.rate: updat", "did you mean 'update'?"),
        ("batch=median", "--set batch", "one of 'mean' or 'sum'; got 'median'"),
        ("network.units=[2, -3]", "--set network.units: network.units[1]", "a size is"),
        ("values.x=[.1", "--set values.x:1:4", "not readable as YAML"),
        ("layers[3].dense.units=1", "--set layers[3].dense.units", "no list 'layers'"),
        ("deck[99]=title", "--set deck[99]", "has no part 99"),
        ("name.x=1", "--set name.x", "'lecture05' has no part x"),
        ("a b=1", "--set a b", "not an override"),
    ],
)
def test_a_wrong_override_is_named(override: str, where: str, words: str):
    with pytest.raises(ChalkgradError, match=re.escape(words)) as caught:
        load_specs(SPECS / "mari.yaml", [override])
    assert caught.value.where == where


def test_an_override_that_no_network_takes_is_refused():
    text = "name: a\nnetworks:\n  b: {equations: L = 1, batch: sum}\n"
    with pytest.raises(ChalkgradError, match="without effect") as caught:
        load_specs(text=text, sets=["batch=mean"])
    assert caught.value.hint == "--set networks.b.batch=…"


# --- networks of one file ------------------------------------------------------------------------


def test_like_takes_over_and_equations_replace_the_structure():
    text = (
        "name: f\nbatch: sum\nloss: squared_error\nnetworks:\n"
        "  c: {like: b, network: {activation: relu}}\n"
        "  b: {like: a, values: {W0: [1, 2]}}\n"
        "  a: {network: {units: [2, 1], bias: none}, batch: mean}\n"
        "  d: {like: c, equations: L = x, input: {x: []}, loss: L}\n"
    )
    specs = {spec.key: spec for spec in load_specs(text=text)}
    assert list(specs) == ["c", "b", "a", "d"]
    assert specs["c"].layers[0].options == {"units": 1, "activation": "relu", "bias": "none"}
    assert specs["b"].layers[0].options == {"units": 1, "bias": "none"}
    assert specs["c"].values == {"W0": [1, 2]}
    assert specs["c"].batch == "mean"
    assert (specs["d"].layers, list(specs["d"].input), specs["d"].target) == ([], ["x"], {})


def test_declarations_above_no_network_hold_for_all():
    text = (
        "name: f\ninput: {x: [], y: []}\nnetworks:\n"
        "  a: {equations: L = x*y}\n  b: {equations: L = x + y}\n"
    )
    assert [list(spec.input) for spec in load_specs(text=text)] == [["x", "y"], ["x", "y"]]


def test_the_networks_of_a_file_share_no_mapping():
    first, second = load_specs(
        text="name: f\nvalues: {x: 1}\nnetworks: {a: {equations: L = 1}, b: {equations: L = 2}}"
    )
    first.values["x"] = 2
    assert second.values == {"x": 1}


def test_a_long_chain_of_like_needs_no_recursion():
    links = "".join(f"  a{i}: {{like: a{i + 1}}}\n" for i in range(900))
    specs = load_specs(text=f"name: f\nnetworks:\n{links}  a900: {{equations: L = 1}}\n")
    assert len(specs) == 901
    assert specs[0].equations == "L = 1"
