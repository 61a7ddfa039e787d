"""Every file of tests/cases/printing gives its right answer in all twelve notations.

The table of printing/ in shared/cases/README.md says what was wrong with each. `ANSWERS` holds what
a lecture of each must show; sums of paths stand in test_paths_added, what reads right in
test_reads_right, `show` in terminal/test_steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from chalkgrad.codegen.article.article import article
from chalkgrad.codegen.documents.lecture_files import Lecture
from chalkgrad.codegen.lecture.board.formulas import matrices
from chalkgrad.codegen.notation.presets import notations
from chalkgrad.derive.pipeline import load_all
from tests.grid import stacks
from tests.grid.cells import CASES, ends_within, lecture
from tests.lecture.items.item_pages import rows

SECONDS = 20  # of the processor, for a lecture that once did not end
SHIPPED = ("transformer", "sorting")  # the others are in the sample of tests/grid


def slides(made: Lecture) -> str:
    return "".join(made.files("slides").values())


def page(made: Lecture, key: str) -> list[str]:
    """The right sides on a page, without the places where a line may break."""
    found = next(p for p in made.deck.pages if p.id == key)
    return [bare(r.right) for r in rows(found)]


def bare(tex: str) -> str:
    """Without the marks round numbers, factors and steps."""
    return re.sub(r"\\cg(?:f|c|r|n|at)\{[^{}]*\}|\\cghl| \\chalkbreak", "", tex)


# -- what each file must show ---------------------------------------------------------------------


def numbers(**wanted: Any) -> Callable[[Lecture], None]:
    """These numbers, of a tensor an entry each. A notation of single weights works out one entry
    of a tensor on its pages, and some tensors not at all: what is there is right."""
    entries = {
        f"main.{name}{list(at) if at else ''}".replace(" ", ""): x
        for name, right in wanted.items()
        for at, x in np.ndenumerate(right)
    }

    def check(made: Lecture) -> None:
        found = {f.id: float(f.value) for p in made.deck.pages for f in p.figures}
        shown = {name: x for name, x in entries.items() if name in found}
        assert shown
        for name, x in shown.items():
            assert found[name] == pytest.approx(x, abs=1e-11), name

    return check


def two_layers() -> dict[str, Any]:
    """The gradients of tanh and softmax with cross-entropy at the numbers of three of the files."""
    x, y = np.array([0.5, -1]), np.array([1, 0])
    hidden = np.tanh(x @ np.array([[0.1, 0.2], [0.5, -0.6]]) + [0.1, 0])
    weight = np.array([[0.3, -0.4], [0.5, 0.6]])
    raised = np.exp(hidden @ weight + [0.05, -0.05])
    error = raised / raised.sum() - y
    below = weight @ error * (1 - hidden**2)
    return {"dv1": error, "dW1": np.outer(hidden, error), "db1": error,
            "dy0": weight @ error, "dW0": np.outer(x, below), "db0": below}  # fmt: skip


def class_per_position() -> dict[str, Any]:
    x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    raised = np.exp(x @ np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]) + [0.1, 0.2])
    error = 2 * (raised / raised.sum(1, keepdims=True) - np.eye(2))
    return {"dW0": x.T @ error, "db0": error.sum(0)}


def softmax_of_three() -> dict[str, Any]:
    """p and the slopes on the wires of the circuit, in the digits of the table."""
    p = np.array([0.141463671646, 0.284872851786, 0.573663476568])
    error = p - [0, 1, 0]
    return {"p": p, "dL/dp": [0, -3.510338011262, 0], "dL/dz": error}


def classes(made: Lecture) -> None:
    """The numbers of classes count from where the notation counts: y is 1 or 2, in every place."""
    base = made.context.board().symbols.style.index_base
    numbers(c=2 + base, y=1 + base, q=[base, 2 + base], u=[1.8, 6.8])(made)
    told = slides(made)
    assert rf"\cgn{{main.c}}{{{2 + base}}}" in told
    assert (" - 1)" in told) == bool(base)
    (page,) = (t for n, t in made.files("html").items() if n.endswith(".html"))
    assert f'data-input="main.y" value="{1 + base}"' in page
    runs(made)


def p_minus_y(made: Lecture) -> None:
    said = [line for p in made.deck.pages if "inserted" in p.id for line in map(bare, right(p))]
    assert any(re.match(r"\\boxed\{p_\{(\w)\} - y_\{\1\}\}", line) for line in said)


def right(shown: Any) -> list[str]:
    return [r.right for r in rows(shown)]


def one_path(made: Lecture) -> None:
    """∂L/∂y as it was written, not as a sigmoid; ∂L/∂x along it."""
    numbers(dy=-1.068893290777, dx=0.786447732966)(made)
    (shown,) = page(made, "gradients-x")
    assert shown.count(r"\partial L") == 1
    assert "sigma" not in slides(made)
    assert "(1 + y)^{2}" in page(made, "gradients-y")[0]


def exercises(made: Lecture) -> None:
    answers = [p for p in made.deck.pages if p.id.endswith("-answer")]
    assert len(answers) == 4
    assert all(rows(p) for p in answers)


def indices_on_both_factors(made: Lecture) -> None:
    """Σ_k ∂L/∂v_k · ∂v_k/∂w_ij: nothing of the sum stands without its indices."""
    first = page(made, "gradients-W1-index")[0]
    found = re.match(r"\\sum_\{(\w)\} (.*)", first)
    assert found is not None
    k, product = found.groups()
    upstream, _, local = product.rpartition(r"\frac")
    assert k in upstream.replace(r"\frac", "")
    assert re.search(rf"{k}\}}.*\{{\\partial [wW].*[a-z],[a-z]", local)


def in_time(item: str, most: int) -> Callable[[Lecture], None]:
    """A few pages (the limit of time is that of every case)."""

    def check(made: Lecture) -> None:
        assert 1 <= sum(p.item == item for p in made.deck.pages) <= most

    return check


def worked_out(*tensors: str) -> Callable[[Lecture], None]:
    """Each gradient as matrices; from the loss back in a notation of single weights."""

    def check(made: Lecture) -> None:
        kind = "matrix" if matrices(made.context.board()) else "worked"
        for name in tensors:
            assert len(page(made, f"gradients-{name}-{kind}")) >= 2

    return check


def approximate(made: Lecture) -> None:
    """An entry that the printed digits do not give is told of, and ≈ stands in its row."""
    board = made.context.board()
    told = [r.rpartition(": ")[2] for r in board.reports if "dW[1,1]" in r]
    assert told == (["printed with ≈"] if matrices(board) else [])
    lines = [r.right for p in made.deck.pages for r in rows(p) if r"\cgr{dW[1,1]}" in r.right]
    assert all(r"\approx" in line or "boxed" in line for line in lines)


def indicators(made: Lecture) -> None:
    told = slides(made)
    assert r"\mathbf{1}[j \ne y]" in told
    assert r"\mathbf{1}[s_{j} - s_{y} + 1 > 0]" in told
    assert r"y + 1" not in told


def sums(of: str, terms: int) -> Callable[[Lecture], None]:
    def check(made: Lecture) -> None:
        shown = next(p for p in made.deck.pages if p.id == f"gradients-{of}")
        assert [r.relation for r in rows(shown)] == ["=", *["+"] * (terms - 1)]

    return check


def signs(made: Lecture) -> None:
    assert not re.search(
        r"\d(?:\s|\\[,;:! ])+\(?-?\d", bare("".join(page(made, "example-forward")))
    )


def no_single_letters(made: Lecture) -> None:
    told = slides(made)
    assert not re.search(r"\bb_\{?et|\bb_\{?ar\b", told)
    assert "bet" in told
    assert "best" in told


def portuguese(made: Lecture) -> None:
    told = slides(made)
    assert r"\text{se }" in told
    assert not re.search(r"\\text\{ ?(if|otherwise|and|or) ?\}", told)


def own_function(made: Lecture) -> None:
    assert "tanh" in slides(made)


def runs(made: Lecture) -> None:
    """The notebook passes its own assertions."""
    for name, text in made.files("notebook").items():
        if name.endswith(".ipynb"):
            run(text)


@cache
def run(notebook: str) -> None:
    stacks.run(notebook)


def both(*checks: Callable[[Lecture], None]) -> Callable[[Lecture], None]:
    def check(made: Lecture) -> None:
        for one in checks:
            one(made)

    return check


ANSWERS: dict[str, Callable[[Lecture], None]] = {
    "branches_scalar": both(sums("h", 2), numbers(dh=2.540302305868, dw=5.080604611736)),
    "skip": sums("x", 2),
    "penalty_d2l": sums("W1", 2),
    "tanh_by_exponentials": one_path,
    "softmax_written": p_minus_y,
    "softmax_deck": both(p_minus_y, numbers(**softmax_of_three())),
    "example_softmax_cross_entropy": numbers(**two_layers()),
    "default_deck_softmax_cross_entropy": numbers(**two_layers()),
    "exercises_softmax": exercises,
    "rbf_columns": worked_out("W", "phi", "C", "gamma"),
    "numbers_side_by_side": signs,
    "index_level": indices_on_both_factors,
    "mixed_activation": own_function,
    "paging_without_end": in_time("forward", 3),
    "svm": indicators,
    "names": no_single_letters,
    "wrt_says_its_names": worked_out("W1", "W2"),
    "portuguese_conditions": portuguese,
    "equals_for_approx": approximate,
    "ng_crash": worked_out("W"),
    "lecture_embedding": runs,
    "class_numbers": classes,
    "lecture_class_per_position": both(numbers(**class_per_position()), runs),
    "lecture_s50055": runs,
    "lecture_s50017": runs,
    "lecture_s50039": runs,
    "no_input": both(numbers(da=4), runs),
    "constant_tensor": both(numbers(da=1), runs),
}


def made_in_time(spec: str, notation: str, language: str = "en") -> Lecture:
    with ends_within(SECONDS):
        return lecture(spec, notation, language)


def test_every_file_has_an_answer() -> None:
    assert set(ANSWERS) == {path.stem for path in CASES.glob("*.yaml")}


@pytest.mark.parametrize("notation", notations())
@pytest.mark.parametrize("case", ANSWERS)
def test_the_lecture_of_a_case_shows_the_right_answer(case: str, notation: str) -> None:
    language = "pt" if case == "portuguese_conditions" else "en"
    ANSWERS[case](made_in_time(str(CASES / f"{case}.yaml"), notation, language))


@pytest.mark.parametrize("notation", notations())
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_is_a_lecture_whose_pages_say_something(name: str, notation: str) -> None:
    made = made_in_time(name, notation)
    assert all(r.right.strip() for p in made.deck.pages for r in rows(p))
    assert len([p for p in made.deck.pages if p.item == "gradients"]) >= 2


@pytest.mark.parametrize("notation", notations())
@pytest.mark.parametrize("spec", ["autoencoder", str(CASES / "skip.yaml")])
def test_the_article_never_has_a_gradient_on_both_sides(spec: str, notation: str) -> None:
    """The direct part of a gradient stands under a sign of its own."""
    (network,) = load_all(spec, (f"style.notation={notation}",))
    lines = [line for line in article(network.derive()).splitlines() if "=" in line]
    sides = [bare(line).replace("&", "").partition("=")[::2] for line in lines]
    found = [(a.strip(), b) for a, b in sides if r"\partial" in a or a.strip().startswith("d")]
    assert found
    assert not [a for a, b in found if a and a in b]
