"""Pages are read back by a program that shares nothing with the printers: every line is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.grid.cells import CASES
from tests.readback import checks, documents, library
from tests.readback.layout import plain
from tests.readback.library import ARTICLE, NOTEBOOK, PAGE, SLIDES, TYPST
from tests.readback.report import Report
from tests.readback.tex import read

SAMPLE = [
    ("n232", "mari", (SLIDES, ARTICLE, PAGE, NOTEBOOK)),
    ("n232", "ng", (SLIDES, PAGE, TYPST)),
    ("mazur", "mazur", (SLIDES, ARTICLE)),
    ("xor", "goodfellow", (SLIDES, ARTICLE)),
    ("lecture_mari", "mari", (SLIDES,)),
    ("lecture_mazur", "mazur", (SLIDES,)),
    ("lecture_ng", "ng", (NOTEBOOK,)),
    ("softmax_deck", "mari", (SLIDES, ARTICLE, PAGE, NOTEBOOK, TYPST)),
    ("softmax_deck", "cs230", (SLIDES, ARTICLE)),
    ("skip", "huertas", (ARTICLE,)),
    ("penalty_d2l", "d2l", (SLIDES, ARTICLE)),
    ("exercises_softmax", "mari", (SLIDES, PAGE, NOTEBOOK, TYPST)),  # blanks, mistakes
    ("class_numbers", "mari", (SLIDES, PAGE)),  # arg max, a condition with and
    ("lecture_s50017", "mari", (NOTEBOOK,)),  # p, q = 0, 1 beside a line
    ("lecture_class_per_position", "nielsen", (SLIDES, ARTICLE)),
    ("rbf_columns", "ando", (SLIDES,)),
    ("lecture_s50017", "mari", (SLIDES,)),
    ("transformer", "mari", (SLIDES, ARTICLE, PAGE, NOTEBOOK)),  # ⊘, names with digits
    ("sorting", "mari", (PAGE,)),  # a bold ℓ
    ("lecture_ando", "ng", (SLIDES, NOTEBOOK, TYPST)),  # a round over all samples
]
PAIRS = ["lecture_mari", "softmax_deck"]


def path(name: str) -> str:
    case = CASES / f"{name}.yaml"
    return str(case) if case.exists() else name


def told(reports: Sequence[Report]) -> str:
    return "\n".join(f"{r.document}: {j}" for r in reports for j in r.false)


@pytest.mark.parametrize(("name", "notation", "documents"), SAMPLE)
def test_no_line_is_false_and_most_can_be_read(
    name: str, notation: str, documents: Sequence[str]
) -> None:
    reports = library.reports(path(name), notation, documents)
    assert not told(reports)
    for report in reports:
        assert report.readable >= 0.9, report.summary()
        assert report.of("true"), report.summary()


@pytest.mark.parametrize(
    "name",
    [
        "n232",
        "mazur",
        "softmax_deck",
        "skip",
        "xor",
        "transformer",
        "digits_conv",
        "lecture_s50039",
        "lecture_ando",
    ],
)
def test_the_terminal_prints_no_false_line(name: str) -> None:
    report = library.terminal_report(path(name))
    assert not told([report])
    assert report.readable >= 0.9, report.summary()
    assert len(report.of("true")) > 20


RECURRENCE = """
name: steps
axes: {t: 3, d: 2, j: 2}
input: {x: [t, d]}
target: {y: [j]}
parameters: {U: [d, j], V: [j, j]}
output: h
equations: |
  u[t,j] = sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j])
  h[t,j] = tanh(u[t,j])
  L = sum[j]((h[2,j] - y[j])**2)
loss: L
deck: [gradients: {wrt: [u, U]}]
"""


@pytest.mark.parametrize("notation", ["mari", "nielsen"])
def test_a_chain_of_steps_is_no_chain_of_the_whole(tmp_path: Path, notation: str) -> None:
    spec = tmp_path / "steps.yaml"
    spec.write_text(RECURRENCE)
    (report,) = library.reports(str(spec), notation, [SLIDES])
    assert not told([report])
    assert [j for j in report.lines if "_{t}" in j.line.source and "-matrix" in j.line.page]


@pytest.mark.parametrize("notation", ["mari", "cs230"])
def test_a_gradient_in_index_form_has_an_index_on_its_left_side(notation: str) -> None:
    (report,) = library.reports(path("names"), notation, [SLIDES])
    assert not told([report])
    assert [j for j in report.lines if j.line.page == "gradients-Wout-matrix"]


@pytest.mark.parametrize("notation", ["mari", "ng"])
def test_class_numbers_are_shown_as_they_are_counted(notation: str) -> None:
    documents = (SLIDES, ARTICLE, PAGE, NOTEBOOK)
    for name in ("lecture_embedding", "class_numbers"):
        assert not told(library.reports(path(name), notation, documents))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"(w^{l+1})^{T}", r"(w^{l})^{T}"),
        (r"{a^{L}}", r"{a^{l}}"),
        ("(a^{l-1})^{T}", "(a^{l})^{T}"),
    ],
)
def test_a_line_on_a_general_layer_is_read_for_every_layer(right: str, wrong: str) -> None:
    reader = library.reader("lecture_ando", "mari", "en")
    (text,) = library.texts("lecture_ando", "mari", SLIDES)
    pages = [line for line in library.lines(SLIDES, text) if line.page == "delta-general-two"]
    assert not [j for j in reader.report("", pages).lines if j.verdict.kind != "true"]
    turned = [replace(x, row=read(x.source.replace(right, wrong))) for x in pages]
    assert [x.page for x in turned if x.row not in [y.row for y in pages]]
    assert reader.report("", turned).false


@pytest.mark.parametrize("said", ["n_{p} = n_{q} = 3", "p, q = 0,1,2"])
def test_a_range_beside_a_line_is_what_the_line_is_held_against(said: str) -> None:
    reader = library.reader(path("lecture_s50017"), "mari", "en")
    (text,) = library.texts(path("lecture_s50017"), "mari", NOTEBOOK)
    (mean,) = [x for x in library.lines(NOTEBOOK, text) if "p, q = 0,1" in x.source]
    wrong = mean.source.partition("p, q = 0,1")[0] + said
    verdicts = [
        reader.report("", [documents.line(mean.page, 1, t)]).lines for t in (mean.source, wrong)
    ]
    assert [j.verdict.kind for made in verdicts for j in made] == ["true", "false"]


HESSIAN = """
name: two
network: {units: [2, 2, 1], activation: tanh}
loss: squared_error
update: {sgd: {rate: 0.5}}
deck: [hessian: {by: derived}]
"""


def test_a_derivative_of_a_delta_is_a_second_derivative(tmp_path: Path) -> None:
    spec = tmp_path / "two.yaml"
    spec.write_text(HESSIAN)
    (report,) = library.reports(str(spec), "ng", [SLIDES])
    assert not told([report])
    found = [j for j in report.lines if r"\partial \delta" in j.line.source]
    assert sum(j.verdict.kind == "true" for j in found) >= 10


def test_second_derivatives_by_parameters_are_worked_out(tmp_path: Path) -> None:
    spec = tmp_path / "two.yaml"
    spec.write_text(HESSIAN)
    reader = library.reader(str(spec), "mari", "en")
    (text,) = library.texts(str(spec), "mari", SLIDES)
    lines = list(library.lines(SLIDES, text))
    found = [j for j in reader.report("", lines).lines if r"\partial^{2}" in j.line.source]
    assert {j.verdict.kind for j in found} == {"true", "unreadable"}
    assert sum(j.verdict.kind == "true" for j in found) >= 10
    below = (r"b^{0}_{1}\, \partial w^{1}_{0,0}", r"b^{0}_{0}\, \partial w^{1}_{0,0}")
    left = r"\frac{\partial^{2} L}{\partial w^{1}_{0,0}\, \partial b^{0}_{1}}"
    kinds = []
    for right in (rf"\frac{{\partial^{{2}} L}}{{\partial {b}}}" for b in below):
        made = reader.report("", [documents.line("hessian", 1, f"{left} = {right}")])
        kinds += [j.verdict.kind for j in made.lines]
    assert kinds == ["true", "false"]


@pytest.mark.parametrize(("result", "kind"), [("0.001", "true"), ("0.002", "false")])
def test_a_calculation_behind_a_name_of_its_own_is_done_again(result: str, kind: str) -> None:
    said = rf"G_{{1}} = 0.9 \cdot 0 + (1 - 0.9) \cdot 0.1^{{2}} = {result}"
    reader = library.reader("n232", "mari", "en")
    (made,) = reader.report("", [documents.line("optimizers-rmsprop-numbers", 1, said)]).lines
    assert made.verdict.kind == kind


def test_the_numbers_of_an_optimizer_follow_from_its_rule() -> None:
    reader = library.reader("lecture_mazur", "mari", "en")
    (text,) = library.texts("lecture_mazur", "mari", SLIDES)
    lines = [x for x in library.lines(SLIDES, text) if x.page.startswith("optimizers-adam")]
    assert not reader.report("", lines).false
    (rule,) = [x for x in lines if x.source.startswith("M_{t} =")]
    wrong = replace(rule, row=read(rule.source.replace("1 - ", "1 + ")))
    found = reader.report("", [wrong if x is rule else x for x in lines]).false
    assert "M_{1}" in found[0].line.source
    assert "by the rule it is" in found[0].verdict.detail


def test_an_index_that_is_not_written_is_neither_summed_over_nor_in_a_delta() -> None:
    (report,) = library.reports("lecture_ando", "mari", [ARTICLE])
    assert not told([report])
    assert report.readable >= 0.97, [str(j) for j in report.of("unreadable")]


def test_a_row_beside_another_is_not_cut_in_two_by_the_end_of_a_page() -> None:
    (report,) = library.reports("autoencoder", "mari", [SLIDES])
    assert not told([report])
    assert [j for j in report.lines if j.line.page.startswith("forward-matrices")]


@pytest.mark.parametrize("name", PAIRS)
def test_references_colours_and_arcs_belong_to_what_is_printed(name: str) -> None:
    reader = library.reader(path(name), "mari", "en")
    (text,) = library.texts(path(name), "mari", SLIDES)
    lines = list(library.lines(SLIDES, text))
    found = [*checks.references(reader, lines), *checks.colours(lines),
             *checks.painted(reader, lines), *checks.arcs(text, lines)]  # fmt: skip
    assert not [str(j) for j in found]
    assert sum(1 for line in lines for m in checks.marks(line.row) if m.kind == "ref") > 100


@pytest.mark.parametrize("name", PAIRS)
def test_the_page_prints_the_formulas_of_the_slides(name: str) -> None:
    (slides,) = library.texts(path(name), "mari", SLIDES)
    (page,) = library.texts(path(name), "mari", PAGE)
    both = library.lines(SLIDES, slides), library.lines(PAGE, page)
    assert not list(checks.differences(*map(list, both)))


@pytest.mark.parametrize("name", [*PAIRS, "transformer"])
def test_typst_sets_the_formulas_of_the_slides_in_their_order(name: str) -> None:
    """The notes that a speaker reads are no part of its slides."""
    rows = []
    for document in (SLIDES, TYPST):
        (text,) = library.texts(path(name), "mari", document)
        found = [x for x in library.lines(document, text) if x.row and x.note != "inline"]
        rows.append([(x.page, plain(x.row), x.joins) for x in found])
    assert rows[0] == rows[1]
    assert len(rows[0]) > 50


@pytest.mark.parametrize("name", PAIRS)
def test_two_languages_print_the_same_numbers_and_formulas(name: str) -> None:
    decks = (library.texts(path(name), "mari", SLIDES, language)[0] for language in ("en", "pt"))
    lines = [list(library.lines(SLIDES, deck)) for deck in decks]
    assert not list(checks.differences(*lines, words=False))


def test_the_readers_parts_know_no_printer() -> None:
    allowed = {"names.py": ("notation.symbol", "notation.symbols"), "planted.py": (),
               "report.py": ("notation.symbols",)}  # fmt: skip
    for file in Path(__file__).parent.glob("*.py"):
        if file.name in ("library.py", "planted.py", "__main__.py") or file.name.startswith(
            "test_"
        ):
            continue  # these make the documents
        used = [
            x.split()[1] for x in file.read_text().splitlines() if x.startswith("from chalkgrad")
        ]
        made = [u for u in used if ".codegen." in u and not u.endswith(allowed.get(file.name, ()))]
        assert not made, file.name
