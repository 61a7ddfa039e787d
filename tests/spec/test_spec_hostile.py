"""What a spec may not say: refusals name their place, hostile text ends soon and quietly."""

from __future__ import annotations

import gc
import re
import time
from pathlib import Path
from typing import Any

import pytest

from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.spec.spec import load_definitions, load_specs

# --- refusals ------------------------------------------------------------------------------------

GOOD = "name: a\nequations: L = 1\n"


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("equations: L = 1", "1:1", "'name' is missing"),
        ("name: a", "1:1", "neither `network` nor `layers` nor `equations`"),
        (GOOD + "layer: []", "3:1: layer", "did you mean 'layers'?"),
        (GOOD + "input: {x: [2, -3]}", "3:16: input.x[1]", "a size is a whole number"),
        (GOOD + "input: {x: {shap: [2]}}", "3:13: input.x.shap", "did you mean 'shape'?"),
        (GOOD + "input: {x: 3}", "3:12: input.x", "a mapping is needed; got 3"),
        (GOOD + "input: {x: [n, 2]}", "3:13: input.x[0]", "'n' is the batch axis"),
        (GOOD + "input: {x: [..., 2]}", "3:12: input.x", "belongs to definitions"),
        (GOOD + "input: {np: [2]}", "3:9: input.np", "the generated module uses"),
        (GOOD + "input: {loss: [2]}", "3:9: input.loss", "the generated module uses"),
        (GOOD + "target: {y: {shape: [2], fact: positive}}", "3:32: target.y.fact", "one of"),
        (GOOD + "axes: {n: 3}", "3:8: axes.n", "'n' is the batch axis"),
        (GOOD + "axes: {k: 2.5}", "3:11: axes.k", "a size is a whole number"),
        (GOOD + "input: {x: []}\nparameters: {x: []}", "4:14: parameters.x", "declared twice"),
        (GOOD + "values: {x: [1, inf]}", "3:17: values.x[1]", "a number is needed; got 'inf'"),
        (GOOD + "values: {x: [[1], [2, 3]]}", "3:19: values.x[1]", "differ in length"),
        (GOOD + "values: {x: 1e309}", "3:13: values.x", "too large for a float"),
        (GOOD + "values: {x: true}", "3:13: values.x", "a number is needed"),
        (GOOD + "samples: {x: 3}", "3:14: samples.x", "batch first"),
        (GOOD + "samples: {x: [1, 2], y: [1]}", "3:1: samples", "x 2, y 1"),
        (GOOD + "batch: median", "3:8: batch", "one of 'mean' or 'sum'"),
        (GOOD + "style:\n  rounding: halfup", "4:13: style.rounding", "did you mean 'half_up'?"),
        (GOOD + "style: {digits: 2.5}", "3:17: style.digits", "digits: 4, or"),
        (GOOD + "style: {digits: {significant: 0}}", "3:17: style.digits", "digits: 4, or"),
        (GOOD + "style: {edges: {order: up}}", "3:24: style.edges.order", "'to_from' or 'from_to'"),
        (GOOD + "loss: {a: 1, b: 2}", "3:7: loss", "one loss is a name"),
        (GOOD + "update: {sgd: 3}", "3:15: update.sgd", "options are a mapping"),
        (GOOD + "deck: [{a: 1, b: 2}]", "3:8: deck[0]", "one page is a name"),
        (GOOD + "title: {english: x}", "3:8: title", "a language is a code"),
        (GOOD + "define: {f: {equation: y = x}}", "3:14: define.f.equation", "'equations'?"),
        (GOOD + "define: {f: {}}", "3:13: define.f", "'equations' is missing"),
        (
            GOOD + "define: {f: {options: {k: {default: x, type: integer}}, equations: y = x}}",
            "3:37: define.f.options.k.default",
            "the value of another option",
        ),
        ("name: a\nlayers:\n  - dense\n  - 3", "4:5: layers[1]", "one layer is a name"),
        (
            "name: a\nlayers:\n  - dense: {units: 1000000000000}",
            "3:20: layers[0].dense.units",
            "at most 10**9",
        ),
        ("name: a\nlayers: [d: {from: 3}]", "2:20: layers[0].d.from", "is text; got 3"),
        ("name: a\nnetwork: {units: [2]}", "2:18: network.units", "at least 2 items"),
        ("name: a\nnetwork: {bias: none}", "2:1: network", "no `units`"),
        ("name: a\nnetwork: {units: [2, 1]}\nlayers: [relu]", "3:1: layers", "two forms"),
        (
            "name: a\nnetwork: {units: [2, 1], activation: [a, b]}",
            "2:26: network.activation",
            "2 activations for 1 layers",
        ),
        ("name: random\nequations: L = 1", "1:7: name", "Python's own module 'random'"),
        ("name: a\nnetworks: {b: {like: c}}", "2:22: networks.b.like", "no network 'c'"),
        (
            "name: a\nnetworks:\n  b: {like: c}\n  c: {like: b}",
            "4:13: networks.c.like",
            "in a circle",
        ),
        (GOOD + "networks: {main: {}}", "3:12: networks.main", "the network at the top"),
        (
            "name: a\nnetworks: {B: {equations: x}, b: {equations: x}}",
            "2:31: networks.b",
            "a second network named a_b",
        ),
        (GOOD + "networks: {b: {networks: {}}}", "3:16: networks.b.networks", "unknown key"),
        ("- name", "", "a spec is a mapping of keys"),
        ("", "", "a spec is a mapping of keys"),
    ],
)
def test_refusals_name_the_line_and_the_field(text: str, where: str, words: str):
    with pytest.raises(ChalkgradError, match=re.escape(words)) as caught:
        load_specs("a.yaml", text=text)
    assert caught.value.where == ("a.yaml:" + where).removesuffix(":")
    assert caught.value.exit_code == 2


def test_files_that_cannot_be_read(tmp_path: Path):
    for name, content, words in [
        ("latin.yaml", "name: é".encode("latin-1"), "not text in UTF-8"),
        ("large.yaml", b"#" * (2 * 2**20 + 1), "longer than 2 MiB"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ChalkgradError, match=words):
            load_specs(tmp_path / name)
    for path in (tmp_path / "none.yaml", tmp_path, "a\0b"):
        with pytest.raises(ChalkgradError, match=r"no such file|cannot be read"):
            load_specs(path)


# --- hostile text -------------------------------------------------------------------------------

CODE = "__import__('os').mkdir('x')"
BOMB = "a0: &a0 [1, 2]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)
)
NAMES = {
    "code": CODE,
    "python keyword": "lambda",
    "soft none": "None",
    "dunder": "__class__",
    "inner dunder": "a__b",
    "leading underscore": "_a",
    "leading digit": "1a",
    "newline": "a\nimport os",
    "trailing newline": "a\n",
    "quote": "a'b",
    "double quote": 'a"b',
    "backslash": "a\\b",
    "parent folder": "../../x",
    "absolute": "/etc/x",
    "drive": "C:x",
    "null character": "a\0b",
    "cyrillic look-alike": "\u0430",
    "full width": "\uff41",
    "combining": "e\u0301",
    "right to left": "a\u202eb",
    "zero width": "a\u200bb",
    "superscript digit": "a\u00b2",
    "space": "a b",
    "empty": "",
    "latex": "\\input{/etc/passwd}",
    "template": "{{ config }}",
    "long": "a" * 65,
    "very long": "a" * 100_000,
}
PLACES: dict[str, Any] = {
    "name": lambda x: {"name": x},
    "input": lambda x: {"input": {x: [2]}},
    "shape": lambda x: {"input": {"x": [x]}},
    "bound": lambda x: {"input": {"x": {"shape": [], "integer": x}}},
    "target": lambda x: {"target": {x: [2]}},
    "parameter": lambda x: {"parameters": {x: [2]}},
    "constant": lambda x: {"constants": {x: [2]}},
    "axis": lambda x: {"axes": {x: 2}},
    "units": lambda x: {"network": {"units": [2, x]}, "equations": None},
    "layer": lambda x: {"layers": [x]},
    "layer with options": lambda x: {"layers": [{x: {"units": 2}}]},
    "alias": lambda x: {"layers": [{"dense": {"as": x}}]},
    "share": lambda x: {"layers": [{"dense": {"share": x}}]},
    "source": lambda x: {"layers": [{"dense": {"from": ["x", x]}}]},
    "loss": lambda x: {"loss": x},
    "penalty": lambda x: {"penalty": {x: {}}},
    "update": lambda x: {"update": {x: {}}},
    "output": lambda x: {"output": x},
    "initial": lambda x: {"initial": {"h": x}},
    "value": lambda x: {"values": {x: 1}},
    "definition": lambda x: {"define": {x: {"equations": "y = x"}}},
    "option": lambda x: {"define": {"d": {"options": {x: 1}, "equations": "y = x"}}},
    "notation": lambda x: {"style": {"notation": x}},
    "edges": lambda x: {"style": {"edges": {"name": x}}},
}


@pytest.fixture(autouse=True)
def ends_soon_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    gc.freeze()  # what other tests have left behind is not searched on this test's account
    start = time.process_time()
    yield
    took = time.process_time() - start
    gc.unfreeze()
    assert took < 2
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_hostile_names_are_refused_everywhere(place: Any, name: str):
    with pytest.raises(ChalkgradError) as caught:
        load_specs({"name": "a", "equations": "L = 1"} | place(name))
    message = str(caught.value)
    assert len(message) < 1000
    assert message.isascii()
    assert "\n" not in caught.value.what + caught.value.where


@pytest.mark.parametrize("name", ["x", "W0", "exec", "target", "a_1", "a" * 64])
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_plain_names_are_taken_everywhere(place: Any, name: str):
    """The positive control: the same places take an ordinary name."""
    (spec,) = load_specs({"name": "a", "equations": "L = 1"} | place(name))
    assert spec.key == "main"


@pytest.mark.parametrize(
    "size", [-1, 0, "2.5", "1e3", 10**9 + 1, 10**12, "-3", "1/2", "true", "[2]", "9**9**9", "'2'"]
)
@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("input: {x: [3, SIZE]}", "input.x[1]"),
        ("target: {y: {shape: [SIZE]}}", "target.y.shape[0]"),
        ("input: {x: {shape: [], integer: SIZE}}", "input.x.integer"),
        ("network: {units: [2, SIZE, 1]}", "network.units[1]"),
    ],
)
def test_sizes_are_whole_positive_and_bounded(text: str, field: str, size: object):
    with pytest.raises(ChalkgradError) as caught:
        load_specs("a.yaml", text="name: a\n" + text.replace("SIZE", str(size)))
    assert caught.value.where.startswith("a.yaml:2:")
    assert caught.value.where.endswith(f": {field}")


TEXTS = {
    "code in a shape": f'name: a\ninput: {{x: ["{CODE}"]}}',
    "code in an axis": f'name: a\naxes: {{k: "{CODE}"}}',
    "code as a number": f'name: a\nvalues: {{x: "{CODE}"}}',
    "python tag": "name: !!python/object/apply:os.mkdir [x]",
    "alias bomb": "name: a\n" + BOMB,
    "alias bomb in values": "name: a\nvalues:\n" + re.sub("^", "  ", BOMB, flags=re.M),
    "self-reference": "name: a\nvalues: &v {x: *v}",
    "merge key": "a: &a {b: 1}\nname: a\n<<: *a",
    "huge integer": "name: a\nvalues: {x: " + "9" * 100_000 + "}",
    "huge exponent": "name: a\nvalues: {x: 1e" + "9" * 100_000 + "}",
    "long decimal": "name: a\nvalues: {x: 0." + "1" * 100_000 + "}",
    "brackets": "name: a\nvalues: {x: " + "[" * 100_000,
    "matched brackets": "name: a\nvalues: {x: " + "[" * 50_000 + "]" * 50_000 + "}",
    "braces": "name: " + "{" * 100_000,
    "list in list": "name: a\nvalues:\n  " + "- " * 50_000,
    "question marks": "? " * 50_000,
    "minus signs": "name: " + "-" * 100_000,
    "many numbers": "name: a\nvalues: {x: [" + "1," * 45_000 + "]}",
    "many keys": "name: a\n" + "".join(f"k{i}: 1\n" for i in range(11_000)),
    "many networks": "name: a\nnetworks:\n" + "".join(f" a{i}: {{}}\n" for i in range(9_000)),
    "many layers": "name: a\nlayers: [" + "a," * 30_000 + "]",
    "many documents": "---\n" * 25_000,
    "many anchors": "name: a\nvalues: {x: [" + "".join(f"&a{i} 1," for i in range(9_000)) + "]}",
    "tags": "name: " + "!a " * 33_000,
    "one long word": "a" * 100_000,
    "colons": ":" * 100_000,
    "quotes": "name: '" + "''" * 50_000 + "'",
    "escapes": 'name: "' + "\\n" * 50_000 + '"',
    "impossible escape": 'name: "\\U00110000"',
    "surrogate escape": 'name: a\ntitle: "\\ud800"',
    "escape sequence": 'name: a\ntitle: "\\e[2J"',
    "null characters": "\0" * 100_000,
    "blank lines": "\n" * 100_000,
    "comments": "#\n" * 50_000,
    "block text": "name: |\n" + " b\n" * 33_000,
    "percent": "%" * 100_000,
    "directive": "%YAML " + "9" * 100_000 + ".1\n---\nname: a",
    "stars": "*" * 100_000,
    "tabs": "\t" * 100_000,
    "duplicate keys": "name: a\n" * 12_000,
    "circle of like": "name: a\nnetworks:\n"
    + "".join(f" a{i}: {{like: a{(i + 1) % 900}}}\n" for i in range(900)),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_hostile_text_ends_with_one_message(text: str):
    with pytest.raises(ChalkgradError) as caught:
        load_specs("a.yaml", text=text)
    message = str(caught.value)
    assert message.startswith("a.yaml:")
    assert len(message) < 1000
    assert all(c.isprintable() or c == "\n" for c in message)


@pytest.mark.parametrize("override", [f"values.x={CODE}", f"{CODE}=1", "a" * 100_000, "x=" + BOMB])
def test_hostile_overrides(override: str):
    with pytest.raises(ChalkgradError) as caught:
        load_specs({"name": "a", "equations": "L = 1"}, [override])
    assert len(str(caught.value)) < 1000


def test_hostile_definitions_of_a_catalogue():
    with pytest.raises(ChalkgradError, match=r"d\.yaml:1:22: d\."):
        load_definitions(f'd: {{options: {{k: 1}}, "{CODE}": 1, equations: y = x}}', "d.yaml")


ODD: list[Any] = [
    None,
    True,
    -1,
    10**12,
    0.5,
    "",
    "x",
    "1/2",
    CODE,
    [],
    [[]],
    [1, [2]],
    {},
    {"x": {}},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    made = [path] if path else []
    for key, item in inner if isinstance(value, dict | list) else ():
        made += places(item, (*path, key)) if isinstance(item, dict | list) else [(*path, key)]
    return made


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = replaced(value[path[0]], path[1:], new)
    return made


WHOLE = {
    "name": "a",
    "title": {"en": "T"},
    "theme": {"logo": "l.png"},
    "axes": {"k": 3, "i": "2*k"},
    "input": {"x": ["k"], "t": {"shape": [], "integer": 4}},
    "target": {"y": {"shape": [3], "fact": "distribution"}},
    "parameters": {"W": {"shape": [3, "k"], "init": "zeros"}},
    "constants": {"M": {"shape": [2], "value": [0, 1]}},
    "define": {
        "d": {
            "options": {"u": "integer", "s": {"default": 1, "min": 0, "max": 9, "one_of": [1, 2]}},
            "input": {"x": ["...", "i"]},
            "parameters": {"b": {"shape": ["i"], "if": "s"}},
            "equations": "v[...,i] = x[...,i]",
            "output": "v",
        }
    },
    "layers": [{"d": {"u": 3, "from": ["x"], "as": "q", "share": "q"}}, "relu"],
    "equations": "L = 1",
    "output": "v",
    "loss": {"squared_error": {"factor": 1}},
    "penalty": [{"l2": {"rate": 0.1}}],
    "batch": "sum",
    "initial": {"h": "h0"},
    "values": {"W": [[1, 2], [3, 4]], "edges": [1]},
    "samples": {"x": [[1], [2]]},
    "update": {"sgd": {"rate": 1, "freeze": ["b"]}},
    "train": {"epochs": 3},
    "style": {
        "notation": "mari",
        "language": ["en"],
        "digits": {"significant": 3},
        "level": ["chain"],
        "edges": {"name": "w", "start": 1},
        "aspect": "16:9",
    },
    "networks": {"b": {"like": "c"}, "c": {"network": {"units": [1, 2], "activation": ["g"]}}},
    "deck": ["title", {"train": {"of": "b", "show": [1, "last"]}}],
}


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_anything_anywhere_is_taken_or_refused_but_never_a_crash(odd: Any):
    assert len(load_specs(WHOLE)) == 3
    faults = []
    for path in places(WHOLE):
        try:
            load_specs(replaced(WHOLE, path, odd))
        except ChalkgradError as fault:
            faults.append(fault)
    assert len(faults) > 10
    assert all(fault.where for fault in faults)
