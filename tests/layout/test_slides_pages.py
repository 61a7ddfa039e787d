"""Pages that are too full are split; long lines are broken at their signs; colours can be read."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from chalkgrad.codegen.deck.model import (
    Block,
    Bullets,
    Code,
    Columns,
    Deck,
    Figure,
    Math,
    Page,
    Picture,
    Table,
    Text,
    Theme,
)
from chalkgrad.codegen.documents.tex.colours import (
    BOARD,
    inks,
    mixed,
    picture_colours,
    readable,
)
from chalkgrad.codegen.formula.line_breaks import breakable, closed, spaced
from chalkgrad.codegen.formula.style import contrast
from chalkgrad.codegen.formula.tex_printer import kept as as_tex
from chalkgrad.codegen.formula.tex_printer import tex
from chalkgrad.codegen.formula.tree.reader import formula
from chalkgrad.codegen.layout import extent
from chalkgrad.codegen.layout.column_widths import TIGHT, fitted, natural_table
from chalkgrad.codegen.layout.overleaf import overleaf
from chalkgrad.codegen.layout.paging import paginate, room
from chalkgrad.codegen.layout.scaling import scaled
from chalkgrad.codegen.picture.scene.scene import Box, Circle, Label, Line, Scene
from tests.grid.cells import ends_within
from tests.lecture.sample_deck import sample
from tests.lecture.typed import typed


def broken(latex: str, **how: object) -> list[str]:
    return [tex(piece) for piece in breakable(formula(latex), **how)]  # type: ignore[arg-type]


def kept(latex: str) -> str:
    return tex(spaced(formula(latex)))


def deck(*blocks: Block, **more: object) -> Deck:
    return Deck("d", "en", "t", "a", (Page("p", "i", "T", blocks, **more),))  # type: ignore[arg-type]


ROWS = tuple(
    typed(f"a_{k}", rf"\cgn{{n{k}}}{{{k}}} \cgat{{{k + 1}}}{{+ x}}", at=k + 1) for k in range(30)
)


@pytest.mark.parametrize("aspect", ["16:9", "4:3"])
@pytest.mark.parametrize("bar", [False, True])
def test_after_splitting_every_page_fits_and_splitting_again_changes_nothing(
    aspect: str, bar: bool
) -> None:
    made = paginate(sample(aspect, bar=bar))
    area = room(made)
    for page in made.pages:
        if page.layout == "content":
            factor = max(extent.SMALLEST / extent.smallest(page.blocks), 0.9)
            high = extent.stack(page.blocks, area.wide / factor, area.high / factor)
            assert high <= area.high / factor + 0.3, page.id
    assert paginate(made) == made
    ids = [p.id for p in made.pages]
    assert len(set(ids)) == len(ids)


def test_rows_are_kept_in_order_and_steps_start_again() -> None:
    figures = tuple(Figure(f"n{k}", str(k), str(k), "half_up") for k in range(30))
    made = paginate(deck(Math(ROWS), steps=31, figures=figures)).pages
    assert len(made) > 2
    rows = [r for p in made for b in p.blocks for r in b.rows]
    assert [r.left for r in rows] == [r.left for r in ROWS]
    for page in made:
        steps = [r.at for b in page.blocks for r in b.rows]
        inner = [
            int(s)
            for b in page.blocks
            for r in b.rows
            for s in re.findall(r"cgat\{(\d+)", as_tex(r.right))
        ]  # fmt: skip
        assert page.steps == max(steps + inner)
        assert {f.id for f in page.figures} == {
            i
            for b in page.blocks
            for r in b.rows
            for i in re.findall(r"cgn\{(\w+)\}", as_tex(r.right))
        }  # fmt: skip
    assert [p.title for p in made][:2] == [f"T (1/{len(made)})", f"T (2/{len(made)})"]
    assert made[1].blocks[0].rows[0].at == 1


def test_tables_bullets_code_and_columns_are_split_without_loss() -> None:
    lines = "\n".join(f"x{k} = {k}" for k in range(60))
    table = Table(("h",), tuple((f"r{k}",) for k in range(60)), strong=(0, 59))
    bullets = Bullets(tuple(f"b{k}" for k in range(40)))
    for block, got in (
        (Code(lines, strong=(59,)), lambda b: b.text.split("\n")),
        (table, lambda b: [r[0] for r in b.rows]),
        (bullets, lambda b: list(b.items)),
    ):
        parts = [b for p in paginate(deck(block)).pages for b in p.blocks]
        assert len(parts) > 1
        assert [x for b in parts for x in got(b)] == got(block)
    assert paginate(deck(table)).pages[-1].blocks[0].strong[-1:] == (
        len(paginate(deck(table)).pages[-1].blocks[0].rows) - 1,
    )
    both = Columns(((0.5, (Code(lines),)), (0.5, (Text("beside"),))))
    parts = [b for p in paginate(deck(both)).pages for b in p.blocks]
    assert "\n".join(b.columns[0][1][0].text for b in parts) == lines


def test_a_picture_stays_in_sight_on_the_further_pages() -> None:
    scene = Scene((Box((0, 0), (8, 2)),), low=(0, 0), high=(8, 2))
    made = paginate(deck(Picture(scene), Math(ROWS))).pages
    assert len(made) > 2
    assert all(isinstance(p.blocks[0], Picture) for p in made)


def test_a_smaller_picture_keeps_letters_of_nine_points() -> None:
    shapes = (
        Line(((0, 0), (2, 2))), Circle((1, 1), 0.5), Label((1, 1), "$x$", size="normal"),
        Label((2, 2), "$y$", size="tiny", wide=1.0, high=1.0),
    )  # fmt: skip
    made = scaled(Scene(shapes, low=(0, 0), high=(4, 4)), 0.5)
    assert made.frame() == ((0, 0), (2, 2))
    line, circle, label, tiny = made.shapes
    assert line.points == ((0, 0), (1, 1))
    assert circle.radius == 0.25
    assert (label.where, label.size) == ((0.5, 0.5), "tiny")
    assert (tiny.size, tiny.wide) == ("tiny", 1.0)
    almost = scaled(Scene(shapes), 0.95).shapes[2]
    assert almost.size == "small"


@pytest.mark.parametrize(
    ("latex", "pieces"),
    [
        ("a + b - c", ["a", "{}+ b", "{}- c"]),
        (r"x = -1 \times (a + b)", ["x", r"{}= -1 \times (a + b)"]),
        (r"\frac{a + b}{c} \approx 2", [r"\frac{a + b}{c}", r"{}\approx 2"]),
        (r"\left(a + b\right)^2", [r"\left(a + b\right)^2"]),
        (r"\begin{bmatrix} a + b & c \end{bmatrix}", [r"\begin{bmatrix} a + b & c \end{bmatrix}"]),
        (r"a \cgat{2}{{}\times b}", [r"a \cgat{2}{{}\times b}"]),
        (r"a \cgat{2}{{}+ b}", ["a", r"\cgat{2}{{}+ b}"]),
        ("2^{-1}", ["2^{-1}"]),
    ],
)
def test_lines_are_broken_before_relations_and_sums_not_in_products(
    latex: str, pieces: list[str]
) -> None:
    assert broken(latex) == pieces


def test_inside_parentheses_a_line_is_broken_only_where_it_must() -> None:
    assert len(broken("(a + b)(c + d)")) == 1
    assert broken("(a + b)(c + d)", inside=1) == ["(a", "{}+ b)(c", "{}+ d)"]


def test_a_line_is_not_broken_inside_of_fences() -> None:
    assert broken(r"\lvert a + b \rvert + c") == [r"\lvert a + b \rvert", "{}+ c"]
    assert broken(r"\left(a\right) (b + c)") == [r"\left(a\right) (b + c)"]


def test_a_condition_in_brackets_is_never_torn() -> None:
    assert broken(r"a + \mathbf{1}[i = m + p] + b", inside=1) == [
        "a", r"{}+ \mathbf{1}[i = m + p]", "{}+ b",
    ]  # fmt: skip
    assert broken("[0, 1) + b") == ["[0, 1)", "{}+ b"]


def test_a_product_is_broken_only_where_it_is_wider_than_a_line() -> None:
    product = r" \times ".join(["aaaaaaaa"] * 6)
    assert len(extent.pieces(formula(product), 30.0)) == 1
    assert as_tex(extent.pieces(formula(product), 5.0)[1]).startswith(r"{}\times")


def test_a_sign_that_appears_keeps_its_spaces() -> None:
    assert kept(r"a \cgat{2}{= x}") == r"a \cgat{2}{{}= x}"
    assert kept(r"a = \cgat{2}{- x}") == r"a = \cgat{2}{- x}"
    assert kept(r"\cgat{1}{a}\cgat{2}{\times \cgf{2}{b}}") == (
        r"\cgat{1}{a}\cgat{2}{{}\times \cgf{2}{b}}"
    )
    assert kept(r"a \cgat{2}{* x}") == r"a \cgat{2}{{}* x}"
    assert kept(r"\cgat{2}{a =} b") == r"\cgat{2}{a ={}} b"


def test_a_theme_that_cannot_be_read_is_darkened() -> None:
    pale = Theme(main="#ffd0d0", text="#bbbbbb")
    found = inks(pale)
    for colour in (found.ink, found.main, found.grey, found.high, found.right, found.wrong):
        assert contrast(colour, found.paper) >= 4.5
    assert contrast(found.bar_text, found.bar) >= 4.5


@pytest.mark.parametrize("background", ["#ffffff", "#fffbe6", "#101820", BOARD])
def test_everything_can_be_read_on_every_background(background: str) -> None:
    found = inks(Theme(background=background))
    for colour in (found.ink, found.main, found.grey, found.high, found.right, found.wrong):
        assert contrast(colour, found.paper) >= 4.5
    colours = dict(picture_colours(background))
    for name, colour in colours.items():
        if name.endswith("text"):
            tint = colours.get(name.removesuffix("text") + "tint", background)
            assert contrast(colour, tint) >= 4.5, name


def test_contrast_and_mixing() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
    assert readable("#ff0000", "#ffffff") != "#ff0000"
    assert readable("#990000", "#ffffff") == "#990000"


def test_a_deck_for_the_other_aspect_has_the_same_content() -> None:
    wide, narrow = sample(), sample("4:3")
    assert replace(narrow, aspect="16:9") == wide


def test_columns_are_as_wide_as_their_formulas_need() -> None:
    wide = Math((typed("W", r"\begin{bmatrix} 0.1000 & 0.2000 & 0.3000 & 0.4000 \end{bmatrix}"),))
    narrow = Math((typed("x", "1"),))
    (a, _), (b, _) = fitted(Columns(((0.3, (wide,)), (0.7, (narrow,)))), 10.0)
    assert a > 4.0
    assert a + b <= 10.0
    given = fitted(Columns(((0.3, (narrow,)), (0.7, (narrow,)))), 10.0)
    assert [round(w, 2) for w, _ in given] == [2.91, 6.79]


def test_columns_with_formulas_that_do_not_fit_stand_one_below_the_other() -> None:
    row = " & ".join(["0.1000"] * 8)
    matrix = Math((typed("W", rf"\begin{{bmatrix}} {row} \end{{bmatrix}}"),))
    made = fitted(Columns(((0.5, (matrix,)), (0.5, (matrix,)))), 10.0)
    assert len(made) == 1
    assert len(made[0][1]) == 2


def test_a_sum_that_is_higher_than_a_page_goes_on_overleaf() -> None:
    terms = [f"x_{{{k}}} w_{{{k}}}" for k in range(250)]
    made = paginate(deck(Math((typed("v", " + ".join(terms)),)))).pages
    rows = [r for p in made for b in p.blocks for r in b.rows]
    assert len(made) > 2
    assert [as_tex(r.left) for r in rows] == ["v"] + [""] * (len(rows) - 1)
    shown = " ".join(as_tex(r.right) for r in rows)
    assert [shown.count(t) for t in terms] == [1] * 250


def rights(math: Math) -> list[str]:
    made = paginate(deck(math)).pages
    return [as_tex(r.right) for p in made for b in p.blocks if isinstance(b, Math) for r in b.rows]


def summed(count: int) -> str:
    return " + ".join(rf"\frac{{x_{{{k}}}}}{{w_{{{k}}}}}" for k in range(count))


def test_a_row_goes_on_overleaf_outside_of_its_parentheses() -> None:
    """Each factor is long; a page ends between the terms, although more of one would fit."""
    term = rf"\bigl({summed(25)}\bigr)\, \bigl({summed(25)}\bigr)"
    made = rights(Math((typed("v", " + ".join([term] * 6)),)))
    assert len(made) > 1
    assert all(closed(formula(right)) for right in made)
    assert " ".join(made).count(r"\frac") == 300


def test_a_row_without_a_place_to_go_on_is_set_smaller() -> None:
    block = Math((typed("v", rf"\bigl({summed(100)}\bigr)\, z"), typed("u", "w")))
    normal, tiny = (
        extent.math_rows(replace(block, size=size), 14.0)[0] for size in ("normal", "tiny")
    )
    first, rest = overleaf(block, 14.0, (normal + tiny) / 2)
    assert first is not None
    assert rest is not None
    assert (first.rows, rest.rows) == (block.rows[:1], block.rows[1:])
    assert first.size != block.size
    assert extent.math_rows(first, 14.0)[0] <= (normal + tiny) / 2


def test_what_no_size_holds_goes_on_inside() -> None:
    made = rights(Math((typed("v", rf"\bigl({summed(400)}\bigr)\, z"),)))
    assert len(made) > 1


def test_a_row_that_was_broken_is_broken_at_the_same_places_again() -> None:
    parts = broken("(a + b)(c + d) - e", inside=1)
    assert broken(" ".join(parts[1:]), inside=1) == parts[1:]


def test_splitting_ends_where_what_is_left_has_as_many_pieces(monkeypatch) -> None:
    monkeypatch.setattr(extent, "pieces", lambda _, wide: ("a", "{}+ b", "{}+ c"))
    monkeypatch.setattr(extent, "filled", lambda *_: [1.0, 5.0, 20.0])
    monkeypatch.setattr(extent, "math_rows", lambda block, wide: [20.0 for _ in block.rows])
    with ends_within(5):
        made = paginate(deck(Text("t"), Math((typed("v", "a + b + c"),)))).pages
    assert len(made) == 2


def test_a_title_that_is_counted_already_is_counted_on() -> None:
    page = replace(deck(Math(ROWS)).pages[0], title="T (1/2)")
    made = paginate(replace(deck(), pages=(page,))).pages
    assert made[0].title == f"T (1/2, 1/{len(made)})"


def test_a_table_borrows_from_the_picture_beside_it() -> None:
    """What it lacks at nine points; not more than a quarter of the picture's column."""
    scene = Scene((Box((0, 0), (8, 2)),), low=(0, 0), high=(8, 2))
    table = Table(("x", "y", "z"), (("0.123456", "0.234567", "0.345678"),), "rrr")
    (a, _), (b, _) = fitted(Columns(((0.6, (Picture(scene),)), (0.4, (table,)))), 10.0)
    assert 4.365 < a <= 5.82
    assert b >= natural_table(replace(table, size="tiny"), TIGHT)
    assert a + b == pytest.approx(9.7)
    wide = replace(table, rows=((*table.rows[0], *table.rows[0]),), head=("",) * 6, align="r" * 6)
    given = fitted(Columns(((0.6, (Picture(scene),)), (0.4, (wide,)))), 10.0)
    assert [round(w, 2) for w, _ in given] == [5.82, 3.88]


def test_a_page_without_a_reveal_shows_everything_at_once() -> None:
    scene = Scene(
        (Box((0, 0), (1, 1), at=3), Box((0, 0), (1, 1), until=2)), "boxes", (0, 0), (1, 1)
    )
    rows = (typed("a", "b"), typed("", r"\cgat{3}{c}", at=2))
    columns = Columns(((1.0, (Text("x", at=4),)),))
    (page,) = paginate(deck(Math(rows), Picture(scene), columns)).pages
    math, picture, beside = page.blocks
    assert [(as_tex(r.right), r.at) for r in math.rows] == [("b", 1), (r"\cgat{1}{c}", 1)]
    assert [s.at for s in picture.scene.shapes] == [1]  # what would go away is gone
    assert beside.columns[0][1][0].at == 1
    revealed = deck(Math(rows), steps=3)
    assert paginate(revealed) == revealed


def test_a_row_of_a_column_stays_whole_where_a_page_has_room_for_it() -> None:
    grid = r"\begin{bmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{bmatrix}"
    row = typed("v", " + ".join([grid] * 9))
    scene = Scene((Box((0, 0), (8, 4)),), low=(0, 0), high=(8, 4))
    above = Picture(scene, height=0.6)
    split = paginate(deck(above, Columns(((0.5, (Math((row,)),)), (0.5, (Math((row,)),))))))
    assert len(split.pages) == 2
    found = [as_tex(m.rows[0].right) for page in split.pages for b in page.blocks
             if isinstance(b, Columns) for _, inside in b.columns for m in inside]  # fmt: skip
    assert found == [as_tex(row.right)] * 2


def test_a_remark_is_not_larger_than_its_display() -> None:
    """A line of it below takes less room under a small display."""
    note = "a remark that needs a line of its own below"
    made = [
        extent.height(Math((typed("x", "y", note=more),), size=size), 5.0, 9.0)
        for size in ("tiny", "small", "normal") for more in (note, "")
    ]  # fmt: skip
    tiny, small, normal = (tall - bare for tall, bare in zip(made[::2], made[1::2], strict=True))
    assert tiny < small == normal
