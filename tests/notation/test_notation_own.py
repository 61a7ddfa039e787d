"""A preset of one's own: keys, inheritance, files; nothing in it can act in TeX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.notation.model import Notation, template
from chalkgrad.codegen.notation.plain import plain_text
from chalkgrad.codegen.notation.presets import notation, notations, read_notation
from chalkgrad.codegen.notation.symbols import symbols_of
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.pipeline import load

NETWORK = """
name: t
network: {units: [2, 3, 2], activation: sigmoid}
loss: {squared_error: {factor: 1/2}}
"""


def spec(tmp_path: Path, style: str) -> Path:
    path = tmp_path / "t.yaml"
    path.write_text(f"{NETWORK}style: {{notation: {style}}}\n", encoding="utf-8")
    return path


def test_a_file_beside_the_spec(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(
        "base: cs230\nlayer: '^{(<n>)}'\nsymbols: {hidden: {letter: h}}\n", encoding="utf-8"
    )
    symbols = symbols_of(load(spec(tmp_path, "mine.yaml")).derive())
    assert symbols.style.name == "mine"
    assert symbols["y0"].whole == "h^{(1)}"  # the offset of cs230 stays
    assert symbols["v1"].whole == "z^{(2)}"
    assert symbols.style.derivative == "d"


def test_keys_in_the_spec(tmp_path: Path):
    symbols = symbols_of(load(spec(tmp_path, "{base: ng, index_base: 0}")).derive())
    assert symbols.style.index_base == 0
    assert symbols["v0"].whole == "z^{(2)}"


def test_without_a_base_it_is_mari():
    other = {"name", "about", "source", "decimal"}
    made = read_notation({"decimal": "{,}"})
    assert made.model_dump(exclude=other) == notation("mari").model_dump(exclude=other)


def test_every_field_of_a_preset_is_explained():
    from chalkgrad.derive.spec.schema import (
        json_schema,  # the model's docstrings are the documentation
    )

    assert json_schema()
    source = Path(
        __import__("chalkgrad.codegen.notation.model", fromlist=["x"]).__file__
    ).read_text("utf-8")
    for name in Notation.model_fields:
        assert f"    {name}: " in source
        after = source.partition(f"    {name}: ")[2].partition('"""')[2]
        assert len(after.partition('"""')[0]) > 10, name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"vektors": "row"}, "did you mean 'vectors'"),
        ({"base": "nng"}, "did you mean 'ng'"),
        ({"base": "../ng"}, "no notation"),
        ({"symbols": {"outputs": {"letter": "y"}}}, "did you mean 'output'"),
        ({"symbols": {"output": {"leter": "y"}}}, "did you mean 'letter'"),
        ({"derivative": "deltas"}, "did you mean 'delta'"),
        ({"index_base": 2}, "index_base"),
        ({"output_accent": "x"}, "accent"),
        ({"symbols": {"pre": {"offset": 100}}}, "offset"),
        ({"names": {"a b": "x"}}, "begins with a letter"),
        ({"functions": {"sigmoid": "\\input{x}"}}, "a function's name"),
        ({"plain_names": {"x": "\x1b[31m"}}, "printable"),
    ],
)
def test_what_is_no_preset_is_refused(given: dict[str, Any], said: str):
    with pytest.raises(ChalkgradError) as refused:
        read_notation(given)
    assert said in str(refused.value)
    assert "style.notation" in str(refused.value)


HOSTILE = [
    r"\input{canary}", r"\write18{touch pwned}", r"\csname input\endcsname{canary}",
    "^^5cinput{canary}", r"\def\x{y}", "a%", "a$b$", "#1", "a&b", "a~b", r"\\", r"\catcode`\@=0",
    "a}b{", "{a", "a\nb", "\x00", "é", r"\immediate\openout", "<x>", r"\include{x}", r"\text@x",
    "a" * 81, r"\begin{x}", r"\ ", "`", '"', "@",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_template_can_act(text: str):
    fields = ({"layer": text}, {"product": text}, {"names": {"x": text}},
              {"symbols": {"pre": {"letter": text}}}, {"symbols": {"pre": {"entry": text}}},
              {"activation": text}, {"general": [text, "L"]}, {"letters": {"x": text}})  # fmt: skip
    for given in fields:
        with pytest.raises(ChalkgradError):
            read_notation(given)


def test_a_template_may_hold_what_a_formula_may_hold_and_no_reference():
    assert template(r"\varkappa \lVert <s> \rVert") == r"\varkappa \lVert <s> \rVert"
    with pytest.raises(ChalkgradError, match="did you mean 'odot'"):
        read_notation({"product": r"\odto"})
    with pytest.raises(ChalkgradError, match="mark of chalkgrad's own"):
        read_notation({"product": r"\cgn{x}{y}"})


def test_a_symbol_in_the_terminal_names_no_command():
    assert plain_text(r"\overline{\text{\itshape Ltot}}") == "Ltot\u0304"
    assert plain_text(r"\hat{\mathbf{y}}^{(1)}_{0,35}") == "\u0177\u207d\u00b9\u207e_0,35"


def test_what_the_shipped_presets_use_is_allowed():
    for text in (r"\mathit{out}_{<u><i>}", r"\bold{<s>}<l>", r"\mathbin{.*}", r"W_{<n>,(<i>)}"):
        assert template(text) == text
    assert all(notation(n).name == n for n in notations())


@pytest.mark.parametrize(
    "given", ["/etc/passwd.yaml", "../t.yaml", "a/../../t.yaml", "none.yaml", "list.yaml", "x"]
)
def test_files_that_are_no_preset(given: str, tmp_path: Path):
    (tmp_path / "list.yaml").write_text("[1, 2]\n", encoding="utf-8")
    with pytest.raises(ChalkgradError):
        symbols_of(load(spec(tmp_path, given)).derive())
    with pytest.raises(ChalkgradError):
        read_notation(given, tmp_path)


def test_a_preset_of_one_s_own_prints_an_article(tmp_path: Path):
    path = spec(tmp_path, "{base: ng, symbols: {hidden: {letter: h}, pre: {letter: u}}}")
    text = article(load(path).derive())
    assert r"u^{(2)}_{j} = \sum_{i} w^{(1)}_{j,i}" in text
    assert "Indices count from 1" in text
    assert r"$\delta^{(2)}$ stands for $\frac{\partial E}{\partial u^{(2)}}$" in text
