"""`chalkgrad build` of a lecture: every output alone and together, languages, all or nothing."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from pathlib import Path

import pytest
from rich.console import Console

from chalkgrad.codegen.command import build as build_command
from chalkgrad.codegen.outputs import documents, outputs, pictures
from tests.command.fake_engine import fails, install_pdflatex, tree, typed
from tests.command.lecture_spec import (
    FILES,
    LANGUAGES,
    OWN,
    PDFLATEX,
    SPEC,
    STYLE,
    TEX,
    files,
    write_lecture,
)

DEFAULT = [row.name for row in documents().values() if row.default == "deck"]
ARTICLE = {"tiny.py", "tiny.json", "tiny.tex"}
PROGRAM = "tiny_train.py"


@pytest.fixture
def lecture(folder: Path) -> Path:
    """The current folder, with a lecture in it; ``bin`` is the whole PATH."""
    write_lecture(folder)
    Path("a.yaml").unlink()
    return folder


def build(*args: str | Path) -> set[str]:
    """Build the lecture into ``out``, which must work; the files there."""
    result = typed("build", "lecture.yaml", "-o", "out", *args)
    assert result.exit_code == 0, (result.output, result.exception)
    return tree(Path("out"))


def refused(code: int, *words: str, args: tuple[str, ...] = ()) -> None:
    """The build ends with that code and leaves nothing."""
    before = tree(Path())
    fails(typed("build", "lecture.yaml", "-o", "out", *args), code, *words)
    assert tree(Path()) == before
    assert not Path("out").exists()


def manifest(name: str) -> dict[str, object]:
    made: dict[str, object] = json.loads(Path("out", name).read_text("utf-8"))
    return made


# -- which files -------------------------------------------------------------------------------


def test_the_outputs_are_those_of_the_documents() -> None:
    assert set(documents()) == set(FILES)
    assert {row.name for row in documents().values() if row.tex} == set(TEX)
    assert {*documents(), *pictures(), "numpy", "program"} < set(outputs())


@pytest.mark.parametrize("output", list(documents()))
def test_one_output_alone(output: str, lecture: Path) -> None:
    found = build("--only", output)
    inside = {name for name in found if "/" in name}
    assert found - inside == files(output)
    assert {name.partition("/")[0] for name in inside} == (
        {"tiny_en_snippets", "tiny_pt_snippets"} if output == "snippets" else set()
    )


def test_slides_for_powerpoint_alone(lecture: Path) -> None:
    assert build("--only", "pptx") == {"tiny_en.pptx", "tiny_pt.pptx"}


def test_slides_for_powerpoint_need_their_package(
    lecture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalkgrad.codegen.console.typeset.find_spec", lambda name: None)
    refused(3, "pptx", "pip install 'chalkgrad[pptx]'", args=("--only", "pptx"))


def test_all_outputs_together(lecture: Path) -> None:
    install_pdflatex(lecture, PDFLATEX)
    found = build("--only", ",".join(o for o in outputs() if o != "frames"))
    pdfs = {f"tiny_{code}_{output}.pdf" for code in LANGUAGES for output in TEX} | {"tiny.pdf"}
    packed = {"tiny_en.pptx", "tiny_pt.pptx"}
    alone = {name for name in found if "/" not in name}
    assert alone == {*files(*FILES), *pdfs, *ARTICLE, *packed, PROGRAM}


def test_what_is_made_by_default_where_there_is_a_deck(lecture: Path) -> None:
    install_pdflatex(lecture, PDFLATEX)
    result = typed("build", "lecture.yaml")
    assert result.exit_code == 0, result.output
    made = {*files(*DEFAULT), *ARTICLE, "tiny.pdf"}
    made |= {f"tiny_{code}_{name}.pdf" for code in LANGUAGES for name in ("slides", "handout")}
    assert tree(Path("build/tiny")) == made
    told = [line for line in result.stdout.splitlines() if line.startswith("wrote ")]
    assert {Path(line.split()[1]).name for line in told} == made
    assert [line for line in told if len(line.split()) < 4] == [], "every file says what it is"


def test_without_a_deck_the_lecture_is_made_where_it_is_asked_for(lecture: Path) -> None:
    write_lecture(lecture, SPEC.partition("deck:")[0])
    assert build() == {*ARTICLE, "tiny.pdf"}
    assert build("--only", "manifest") == {*ARTICLE, "tiny.pdf", *files("manifest")}
    pages = manifest("tiny_en_manifest.json")["pages"]
    assert isinstance(pages, list)
    assert len(pages) > 3


def test_every_output_counts_the_same_pages(lecture: Path) -> None:
    """Pages that are split to fit are split before the manifest, too."""
    rows = "\n".join(f"- point {k}" for k in range(40))
    write_lecture(lecture, own=f"# Too long\n\n{rows}\n")
    build("--only", "handout,html,manifest")
    pages = manifest("tiny_en_manifest.json")["pages"]
    assert isinstance(pages, list)
    ids = [page["id"] for page in pages]
    assert len(ids) > 2
    tex = Path("out/tiny_en_handout.tex").read_text("utf-8")
    assert re.findall(r"^\\cgbody\{([^}]*)\}", tex, re.M) == ids
    html = Path("out/tiny_en.html").read_text("utf-8")
    assert [i for i in ids if f'id="p-{i}"' not in html] == []


def test_the_article_s_pdf_is_made_alone_or_with_the_article(lecture: Path) -> None:
    install_pdflatex(lecture, PDFLATEX)
    assert build("--only", "pdf") == {"tiny.pdf"}
    assert build("--only", "latex,pdf") == {"tiny.pdf", "tiny.tex"}


def test_slides_and_pdf_are_the_slides_alone(lecture: Path) -> None:
    install_pdflatex(lecture, PDFLATEX)
    slides = {f"tiny_{code}_slides.pdf" for code in LANGUAGES}
    assert build("--only", "slides,pdf") == {*files("slides"), *slides}


# -- languages ---------------------------------------------------------------------------------


def test_two_languages_are_two_lectures(lecture: Path) -> None:
    build("--only", "manifest,html")
    for code, title in (("en", "One neuron"), ("pt", "Um neurônio")):
        made = manifest(f"tiny_{code}_manifest.json")
        assert made["language"] == code
        assert title in Path(f"out/tiny_{code}.html").read_text("utf-8")


def test_one_language_by_set_needs_no_code_in_the_names(lecture: Path) -> None:
    found = build("--only", "manifest,slides", "--set", "style.language=pt")
    assert found == files("manifest", "slides", stems=("tiny",))
    made = manifest("tiny_manifest.json")
    assert (made["language"], made["decimal_mark"]) == ("pt", ",")


def test_an_unknown_language_is_refused(lecture: Path) -> None:
    refused(2, "xx", "style.language", "known: en, pt", args=("--set", "style.language=xx"))


# -- without TeX --------------------------------------------------------------------------------


def test_without_tex_typst_sets_every_pdf(lecture: Path) -> None:
    result = typed("build", "lecture.yaml", "-o", "out")
    assert result.exit_code == 0, result.output
    pdfs = {f"tiny_{code}_{name}.pdf" for code in LANGUAGES for name in ("slides", "handout")}
    assert tree(Path("out")) == {*files(*DEFAULT), *ARTICLE, *pdfs, "tiny.pdf"}
    assert result.stdout.count("Typst set the PDFs") == 1


def test_by_tex_without_tex_everything_but_the_pdf_is_written(lecture: Path) -> None:
    result = typed("build", "lecture.yaml", "-o", "out", "--pdf", "tex")
    assert result.exit_code == 0
    assert tree(Path("out")) == {*files(*DEFAULT), *ARTICLE}
    said = " ".join(result.stdout.split())
    assert said.count("apt-get install texlive") == 1
    assert said.count("no PDF:") == 1


def test_a_package_of_tex_that_is_missing_is_told_once(lecture: Path) -> None:
    install_pdflatex(lecture, 'echo "! LaTeX Error: File \\`beamer.cls\' not found."; exit 1')
    result = typed("build", "lecture.yaml", "-o", "out")
    assert result.exit_code == 0
    assert result.stdout.count("beamer.cls") == 1
    assert tree(Path("out")) == {*files(*DEFAULT), *ARTICLE}


@pytest.mark.parametrize("only", ["slides,pdf", "html,frames"])
def test_pdfs_and_frames_by_name_need_tex_where_it_is_asked_for(only: str, lecture: Path) -> None:
    refused(3, "pdflatex", "apt-get install", args=("--only", only, "--pdf", "tex"))


def test_frames_by_name_need_poppler(lecture: Path) -> None:
    install_pdflatex(lecture, PDFLATEX)
    refused(3, "frames", "poppler-utils", args=("--only", "frames"))


def test_what_tex_refuses_leaves_nothing(lecture: Path) -> None:
    install_pdflatex(lecture, 'echo "! Undefined control sequence."; exit 1')
    refused(2, "tiny", "Undefined control sequence", "--only numpy,latex,slides")


# -- all or nothing -----------------------------------------------------------------------------


def test_a_fault_in_the_deck_writes_nothing(lecture: Path) -> None:
    write_lecture(lecture, SPEC.replace("own.md", "other.md"))
    refused(2, "deck[1].slide", "other.md")


def test_a_fault_in_the_second_language_writes_nothing(lecture: Path) -> None:
    Path("own.pt.md").write_bytes(b"# \xff\n")
    refused(2, "own.pt.md", "UTF-8")


def test_an_existing_folder_is_as_before_after_a_fault(lecture: Path) -> None:
    Path("out").mkdir()
    Path("out/tiny_en.html").write_text("mine")
    write_lecture(lecture, SPEC.replace("own.md", "other.md"))
    fails(typed("build", "lecture.yaml", "-o", "out"), 2, "other.md")
    assert tree(Path("out")) == {"tiny_en.html"}
    assert Path("out/tiny_en.html").read_text() == "mine"


def test_a_second_build_replaces_the_first(lecture: Path) -> None:
    Path("out").mkdir()
    Path("out/notes.txt").write_text("mine")
    first = build("--only", "snippets,html")
    write_lecture(lecture, own=OWN.replace("x^2", "x^3"))
    assert build("--only", "snippets,html") == first
    (snippet,) = Path("out/tiny_en_snippets").iterdir()
    assert "x^3" in snippet.read_text("utf-8")
    assert Path("out/notes.txt").read_text() == "mine"


def test_a_file_where_a_folder_has_to_be(lecture: Path) -> None:
    Path("out").mkdir()
    Path("out/tiny_en_snippets").write_text("mine")
    args = ("-o", "out", "--only", "snippets")
    fails(typed("build", "lecture.yaml", *args), 2, "tiny_en_snippets", "a file, not a folder")
    assert tree(Path("out")) == {"tiny_en_snippets"}


def test_two_outputs_of_one_name_are_refused(lecture: Path) -> None:
    """A network called ``slides`` has an article where the lecture has its slides."""
    spec = SPEC.replace("style: {language: [en, pt]}", "style: {language: en}")
    write_lecture(lecture, spec + "networks: {slides: {values: {x: 1, w: 1, t: 1}}}\n")
    refused(2, "tiny_slides.tex", "two outputs")


# -- untrusted text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../own.md", "/etc/passwd", "a/../../own.md", "..\\own.md", "C:\\own.md", "own.md\x00", ""],
)
def test_own_slides_come_from_the_folder_of_the_spec(name: str, lecture: Path) -> None:
    Path("sub").mkdir()
    write_lecture(lecture / "sub", SPEC.replace("own.md", json.dumps(name)))
    result = typed("build", "sub/lecture.yaml", "-o", "out")
    fails(result, 2)
    assert not Path("out").exists()


def test_a_link_that_leads_out_of_the_folder_is_refused(lecture: Path) -> None:
    Path("sub").mkdir()
    write_lecture(lecture / "sub")
    Path("sub/own.md").unlink()
    Path("sub/own.md").symlink_to(lecture / "own.md")
    fails(typed("build", "sub/lecture.yaml", "-o", "out"), 2, "own.md")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "name", ["$(touch x).yaml", "a b;c.yaml", "\\input{x}#%&.yaml", "ö\n.yaml"]
)
def test_a_spec_s_file_may_have_any_name(name: str, lecture: Path) -> None:
    """Outputs are named by the spec's ``name:``; TeX never sees the file's or the folder's."""
    install_pdflatex(lecture, PDFLATEX)
    Path("lecture.yaml").rename(name)
    target = Path("we ird\\input{x}#%&~^$")
    result = typed("build", name, "-o", target, "--only", "slides,pdf")
    assert result.exit_code == 0, (result.output, result.exception)
    pdfs = {f"tiny_{code}_slides.pdf" for code in LANGUAGES}
    assert tree(target) == {*files("slides"), *pdfs}
    assert not Path("x").exists()


def test_raw_tex_needs_trust(lecture: Path) -> None:
    raw = "# Own\n\n```{=latex}\n\\rule{1cm}{1cm}\n```\n"
    write_lecture(lecture, own=raw)
    fails(typed("build", "lecture.yaml", "-o", "out", "--only", "slides"), 2, "--trust")
    assert not Path("out").exists()
    build("--only", "slides", "--trust")
    assert "\\rule{1cm}{1cm}" in Path("out/tiny_en_slides.tex").read_text("utf-8")


# -- logo and theme -----------------------------------------------------------------------------


def png() -> bytes:
    """A picture of one grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


def test_the_logo_stands_beside_the_slides_and_inside_the_page(
    lecture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("there/img").mkdir(parents=True)
    Path("there/img/logo.png").write_bytes(png())
    write_lecture(lecture / "there", SPEC + "theme: {logo: img/logo.png}\n")
    result = typed("build", "there/lecture.yaml", "-o", "out", "--only", "slides,handout,html")
    assert result.exit_code == 0, (result.output, result.exception)
    assert tree(Path("out")) == {*files("slides", "handout", "html"), "img/logo.png"}
    assert Path("out/img/logo.png").read_bytes() == png()
    assert "data:image/png;base64," in Path("out/tiny_en.html").read_text("utf-8")
    assert "img/logo.png" in Path("out/tiny_en_slides.tex").read_text("utf-8")


def test_a_logo_that_is_a_pdf_is_left_out_of_the_page(lecture: Path) -> None:
    Path("logo.pdf").write_bytes(b"%PDF-1.4\n")
    write_lecture(lecture, SPEC + "theme: {logo: logo.pdf}\n")
    assert build("--only", "slides,html") == {*files("slides", "html"), "logo.pdf"}
    assert "data:" not in re.sub(r"img-src data:", "", Path("out/tiny_en.html").read_text("utf-8"))


def test_two_lectures_with_different_logos_of_one_name(lecture: Path) -> None:
    for name, content in (("one", png()), ("two", png() + b"x")):
        Path(name).mkdir()
        Path(name, "logo.png").write_bytes(content)
        spec = SPEC.replace("name: tiny", f"name: {name}") + "theme: {logo: logo.png}\n"
        write_lecture(Path(name), spec)
    specs = ("one/lecture.yaml", "two/lecture.yaml")
    fails(typed("build", *specs, "-o", "out", "--only", "slides"), 2, "logo.png", "two")
    assert not Path("out").exists()
    assert typed("build", *specs, "--only", "slides").exit_code == 0
    assert Path("build/two/logo.png").read_bytes() == png() + b"x"


# -- several networks, progress -----------------------------------------------------------------


def test_a_network_without_numbers_has_no_module_and_stops_nothing(lecture: Path) -> None:
    other = "network: {units: [n_x, 1], activation: g}, loss: squared_error, values: {}"
    spec = SPEC.replace("deck:", f"networks: {{open: {{{other}}}}}\ndeck:")
    write_lecture(lecture, spec)
    result = typed("build", "lecture.yaml", "-o", "out", "--pdf", "tex")
    assert result.exit_code == 0, (result.output, result.exception)
    told = [line for line in result.stdout.splitlines() if line.startswith("tiny_open: ")]
    assert len(told) == 1
    assert "no module" in told[0]
    assert tree(Path("out")) == {*files(*DEFAULT), *ARTICLE, "tiny_open.tex"}
    fails(typed("build", "lecture.yaml", "-o", "x", "--only", "numpy"), 2, "tiny_open")
    assert not Path("x").exists()


def test_a_long_build_says_what_it_makes_on_a_terminal_only(
    lecture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_pdflatex(lecture, f"sleep 0.3; {PDFLATEX}")
    shown, quiet = io.StringIO(), io.StringIO()
    for out, terminal in ((shown, True), (quiet, False)):
        console = Console(file=out, force_terminal=terminal, width=100, markup=False)
        monkeypatch.setattr(build_command, "standard_output", lambda console=console: console)
        result = typed("build", "lecture.yaml", "-o", str(terminal), "--only", "slides,pdf")
        assert result.exit_code == 0, (result.output, result.exception)
    for line in ("tiny_en_slides.pdf", "tiny_pt_slides.pdf"):
        assert re.search(rf"{line} .*0:00:0", shown.getvalue())
        assert line not in re.sub(r"^wrote .*$", "", quiet.getvalue(), flags=re.M)
    lines = quiet.getvalue().splitlines()
    assert len(lines) == 5
    assert all(line.startswith("wrote ") for line in lines)


def test_the_style_is_written_once(lecture: Path) -> None:
    result = typed("build", "lecture.yaml", "-o", "out", "--only", "slides,sheet,snippets")
    assert result.stdout.count(STYLE) == 1
