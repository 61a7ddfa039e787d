"""Formulas as Typst: what is set has the letters and signs of its tree, and no text acts."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from chalkgrad.codegen.deck.formulas import between_words, printed
from chalkgrad.codegen.formula.tex_printer import kept
from chalkgrad.codegen.formula.tree import nodes as t
from chalkgrad.codegen.formula.tree.reader import formula, shown
from chalkgrad.codegen.formula.tree.symbols import COMMANDS, SIGNS
from chalkgrad.codegen.formula.typst.printer import math_typst
from chalkgrad.codegen.formula.typst.text import rich_typst
from tests.documents.slides_harness import page_texts
from tests.documents.typst_harness import formulas, typeset
from tests.formula.typst_read import from_tree, read_back
from tests.lecture.test_accept_decks import LECTURES, deck_of

FENCES = {"bmatrix": "[]", "pmatrix": "()", "vmatrix": "||", "cases": "{", "rcases": "}"}
BRACES = {"underbrace": "⏟", "overbrace": "⏞"}
ACTING = [
    '#read("/etc/passwd")', '#import "@preview/cetz:0.2.0"', '#eval("1+1")', "#let x = 1", "$x$",
    'a "quoted" b', "back\\slash", "@label <label>", "= heading", "- item", "+ item", "1. item",
    "/ term: it", "// comment", "/* comment */", "*b* _i_", "`raw`", "] [ ) ( }", "~ -- --- ...",
    "https://example.org", "\\u{41}", "#[x]", "#sym.arrow", "x\n\n= y",
]  # fmt: skip


def said(tree: t.Node) -> str:
    """The characters that a tree shows, marks and accents aside."""
    made = []
    for node in t.walk(tree):
        match node:
            case t.Sign(text=text) | t.Number(text=text) | t.Words(text=text):
                made.append(text.replace("{,}", ","))
            case t.Grid(environment=name):
                made.append(FENCES.get(name, ""))
            case t.Accent(command=name):
                made.append(BRACES.get(name, ""))
            case t.Root():
                made.append("√")
    return "".join(made)


def characters(text: str) -> Counter[str]:
    """Every character that is seen, letters of mathematical alphabets as letters."""
    plain = unicodedata.normalize("NFKD", text).replace("−", "-").replace("⋅", "·")
    return Counter(c for c in plain if not c.isspace() and unicodedata.category(c)[0] != "M")


def formulas_of(name: str, language: str) -> list[str]:
    """Every formula that a lecture prints."""
    pages = deck_of(name, language, "16:9").pages
    titles = (latex for page in pages for latex in between_words(page.title, page.subtitle))
    found = {*titles, *(kept(row) for page in pages for row in printed(page.blocks))}
    return sorted(latex for latex in found if latex.strip())


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("name", LECTURES)
def test_typst_takes_every_formula_of_a_lecture_for_what_it_is(name: str, language: str) -> None:
    every = formulas_of(name, language)
    read = read_back(every)
    assert len(read) == len(every)
    wrong = [(f, r) for f, r in zip(every, read, strict=True) if r != from_tree(shown(f))]
    assert wrong == []


@pytest.mark.parametrize("latex", [
    r"\frac{a}{b}", "x_i^2", r"{x_i}^2", r"\sqrt[3]{x}", r"\binom{n}{k}", r"\hat{y}'", "f(x)/g(x)",
    r"\left( \frac{a}{b} \middle| c \right]", r"\bigl( x \bigr)", r"x \not= y", r"a \pmod{n}",
    r"\begin{cases} a & x > 0 \\ b & \text{else, or not} \end{cases}",
    r"\sum_{\substack{i \\ j}} x",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}", r"\xrightarrow[a]{b + c}", r"\overset{!}{=}",
    r"\begin{array}{r|c} a & b \\ \hline c & d \end{array}", r"\operatorname*{argmax}_{x} f",
    r"\boxed{\cgblank{x}}_{\cgat{2}{i}}", "a, b; c: d! e? \\{f\\}", "{}_i^j x", "x,y_{1,2}",
])  # fmt: skip
def test_typst_takes_a_formula_for_what_it_is(latex: str) -> None:
    assert read_back([latex]) == [from_tree(formula(latex))]


@pytest.mark.parametrize("name", LECTURES)
def test_every_formula_of_a_lecture_is_set_with_its_letters_and_signs(
    name: str, tmp_path: Path
) -> None:
    every = formulas_of(name, "en")
    texts = page_texts(typeset(tmp_path, formulas(*every)))
    assert len(texts) == len(every)
    wrong = {f for f, text in zip(every, texts, strict=True)
             if characters(text) != characters(said(shown(f)))}  # fmt: skip
    assert wrong == set()


def test_every_sign_is_set_as_its_character(tmp_path: Path) -> None:
    signs = [s for s in SIGNS.values() if len(s.text) == 1]
    rows = [signs[k : k + 40] for k in range(0, len(signs), 40)]
    source = formulas(*("{}" + "{}".join(f"{s.source} " for s in row) for row in rows))
    texts = page_texts(typeset(tmp_path, source))
    for row, text in zip(rows, texts, strict=True):
        missing = characters("".join(s.text for s in row)) - characters(text)
        assert set(missing) <= set("ıȷ"), missing  # without their dots, in a face


def test_every_command_with_an_argument_is_known_to_typst(tmp_path: Path) -> None:
    typeset(tmp_path, formulas(*(f"\\{name}{{x + y}}" for name in COMMANDS)))


def test_a_fence_that_is_not_seen_is_room_alone(tmp_path: Path) -> None:
    """A matrix of second derivatives has one in each of its lines."""
    matrix = r"\begin{bmatrix} \biggl. x \\ \Bigl. y \end{bmatrix}"
    (text,) = page_texts(typeset(tmp_path, formulas(matrix)))
    assert characters(text) >= characters("[]xy")


@pytest.mark.parametrize(("latex", "typst"), [
    ("xy", "x y"), ("2x", "2 x"), ("f(x)", r"f\(x\)"), (r"\sin x", "sin x"), ("a/b", r"a\/b"),
    (r"\mathrm{in}", '"in"'), (r"\mathbf{W}", "upright(bold(W))"), (r"\bm{W}", "bold(W)"),
    ("x_i^2", "x_i^2"), ("x_{ij}'", "x_(i j)^′"), (r"\frac{a,b}{2}", r"frac(a\,b, 2)"),
    ("0{,}5", '"0,5"'), (r"\left( x \right.", r'lr(\(x"")'), (r"\sum_{i=1}^n", "∑_(i=1)^n"),
    (r"\operatorname{softmax}(x)", r'op("softmax")\(x\)'), (r"{} = x", '""=x'),
    (r"\cgf{2}{x}", "cgf(#2, x)"), (r"\cgat{2}{x}", "cgat(#now, #2, x)"),
    (r"\cgr{W[0]}{w}", 'cgr(#"W[0]", w)'), (r"\text{if } x", 'cgtext(#"if ")x'),
])  # fmt: skip
def test_how_a_formula_is_written(latex: str, typst: str) -> None:
    formula(latex)
    assert math_typst(latex) == typst


def test_a_box_in_a_display_is_told_the_style_that_it_stands_in() -> None:
    assert math_typst(r"\cgf{1}{\frac{a}{b}}", display=True) == "cgf(#1, display(frac(a, b)))"
    assert math_typst(r"\frac{\cgf{1}{a}}{b}", display=True) == "frac(cgf(#1, a), b)"


@pytest.mark.parametrize("text", ACTING)
def test_text_that_would_act_comes_out_as_text(text: str, tmp_path: Path) -> None:
    escaped = text.replace("\\", "\\\\").replace("$", r"\$").replace("*", r"\*").replace("`", r"\`")
    latex = r"\text{" + "".join(f"\\{c}" if c in "#$_&%{}" else c for c in text
                                 if c not in "\\~^") + "}"  # fmt: skip
    body = f"\n{rich_typst(escaped)}\n\n#[{rich_typst(escaped)}]\n\n$ {math_typst(latex)} $"
    source = formulas("x") + body
    pdf = typeset(tmp_path, source)
    seen = characters("".join(page_texts(pdf)).replace("’", "'"))
    expected = characters(text)
    assert all(seen[c] >= 2 * n for c, n in expected.items()), (expected - seen, source[-400:])
