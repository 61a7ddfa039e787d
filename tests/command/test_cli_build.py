"""`chalkgrad build`: what is on the disk afterwards, all of it or nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalkgrad.derive.language.errors import ChalkgradError
from tests.command.fake_engine import Engine, FakeNetwork, fails, install_pdflatex, tree, typed


def test_build_writes_every_output_and_says_so(engine: Engine, folder: Path) -> None:
    install_pdflatex(folder, 'for last; do :; done; echo "%PDF" > "${last%.tex}.pdf"')
    result = typed("build", "a.yaml", "--set", "batch=sum")
    assert result.exit_code == 0, result.output
    outputs = {f"build/net/net.{end}" for end in ("py", "tex", "pdf", "json")}
    assert tree(folder) == {"a.yaml", *outputs}
    assert {line.split()[1] for line in result.stdout.splitlines() if "wrote" in line} == outputs
    assert "report[ok]" in result.stdout
    assert Path("build/net/net.py").read_text() == "# net\n"
    assert json.loads(Path("build/net/net.json").read_text())["status"] == "ok"
    assert engine.calls == [
        ("load_all", Path("a.yaml"), ["batch=sum"]),
        ("check_module", "net.py", "# net\n"),
    ]


def test_build_without_tex_sets_pdfs_by_typst_and_says_so(engine: Engine, folder: Path) -> None:
    result = typed("build", "a.yaml")
    assert result.exit_code == 0
    assert "Typst set the PDFs" in result.stdout
    ends = ("py", "tex", "json", "pdf")
    assert tree(folder) == {"a.yaml", *(f"build/net/net.{end}" for end in ends)}
    assert Path("build/net/net.pdf").read_bytes().startswith(b"%PDF")


def test_typst_sets_pdfs_where_it_is_asked_to(engine: Engine, folder: Path) -> None:
    install_pdflatex(folder, "exit 1")
    result = typed("build", "a.yaml", "--only", "pdf", "--pdf", "typst")
    assert result.exit_code == 0, result.output
    assert "Typst set" not in result.stdout
    assert tree(folder) == {"a.yaml", "build/net/net.pdf"}


def test_what_sets_pdfs_has_one_of_two_names(engine: Engine, folder: Path) -> None:
    fails(typed("build", "a.yaml", "--pdf", "tyspt"), 2, "--pdf", "'tyspt'", "typst")
    assert tree(folder) == {"a.yaml"}


def test_build_by_tex_without_tex_says_what_to_install(engine: Engine, folder: Path) -> None:
    result = typed("build", "a.yaml", "--pdf", "tex")
    assert result.exit_code == 0
    assert "apt-get install texlive" in " ".join(result.stdout.split())
    assert tree(folder) == {"a.yaml", *(f"build/net/net.{end}" for end in ("py", "tex", "json"))}


def test_only_pdf_without_tex_is_a_missing_program(engine: Engine, folder: Path) -> None:
    fails(
        typed("build", "a.yaml", "--only", "pdf", "--pdf", "tex"), 3, "pdflatex", "apt-get install"
    )
    assert tree(folder) == {"a.yaml"}


@pytest.mark.parametrize(
    ("output", "code", "word"),
    [
        ("! LaTeX Error: File `mathtools.sty' not found.", 3, "mathtools.sty"),
        ("! Undefined control sequence.", 2, "Undefined control sequence"),
    ],
)
def test_what_pdflatex_refuses(
    output: str, code: int, word: str, engine: Engine, folder: Path
) -> None:
    install_pdflatex(folder, f'echo "{output.replace("`", chr(92) + "`")}"; exit 1')
    fails(typed("build", "a.yaml", "--only", "numpy,pdf"), code, word)
    assert tree(folder) == {"a.yaml"}


@pytest.mark.parametrize(
    ("only", "ends"),
    [
        (["numpy"], {"py"}),
        (["json"], {"json"}),
        (["numpy,latex"], {"py", "tex"}),
        (["latex", "--only", "json"], {"tex", "json"}),
    ],
)
def test_only(only: list[str], ends: set[str], engine: Engine, folder: Path) -> None:
    assert typed("build", "a.yaml", "--only", *only).exit_code == 0
    assert tree(folder) == {"a.yaml", *(f"build/net/net.{end}" for end in ends)}
    checked = any(call[0] == "check_module" for call in engine.calls)
    assert checked == bool(ends & {"py", "json"})


@pytest.mark.parametrize(("only", "word"), [("nump", "did you mean 'numpy'?"), ("numpy,", "empty")])
def test_only_refuses_other_words(only: str, word: str, engine: Engine, folder: Path) -> None:
    fails(typed("build", "a.yaml", "--only", only), 2, "--only", word)
    assert tree(folder) == {"a.yaml"}


@pytest.mark.parametrize("first", [FakeNetwork("a"), FakeNetwork("a_and", key="and")])
def test_several_networks_share_the_folder_of_their_spec(
    first: FakeNetwork, engine: Engine, folder: Path
) -> None:
    engine.networks = [first, FakeNetwork("a_two", key="two")]
    assert typed("build", "a.yaml", "--only", "numpy").exit_code == 0
    assert tree(folder) == {"a.yaml", f"build/a/{first.name}.py", "build/a/a_two.py"}


def test_two_networks_of_one_name_are_refused(engine: Engine, folder: Path) -> None:
    fails(typed("build", "a.yaml", "a.yaml", "-o", "out"), 2, "net.py", "two outputs")
    assert tree(folder) == {"a.yaml"}


def test_an_existing_folder_keeps_its_other_files(engine: Engine, folder: Path) -> None:
    Path("out").mkdir()
    Path("out/notes.txt").write_text("mine")
    Path("out/net.py").write_text("old")
    assert typed("build", "a.yaml", "-o", "out", "--only", "numpy").exit_code == 0
    assert tree(folder) == {"a.yaml", "out/notes.txt", "out/net.py"}
    assert Path("out/notes.txt").read_text() == "mine"
    assert Path("out/net.py").read_text() == "# net\n"


def test_a_new_folder_has_ordinary_permissions(engine: Engine, folder: Path) -> None:
    Path("plain").mkdir()
    assert typed("build", "a.yaml", "-o", "deep/out", "--only", "numpy").exit_code == 0
    assert Path("deep/out").stat().st_mode == Path("plain").stat().st_mode


def test_a_failed_check_writes_nothing(engine: Engine, folder: Path) -> None:
    engine.status = "failed"
    result = typed("build", "a.yaml")
    assert result.exit_code == 1
    assert "report[failed]" in result.stdout
    assert "nothing was written" in result.stdout
    assert tree(folder) == {"a.yaml"}


def test_a_fault_in_the_second_network_writes_nothing(engine: Engine, folder: Path) -> None:
    Path("out").mkdir()
    engine.networks = [FakeNetwork("one"), FakeNetwork("two", ChalkgradError("no derivative"))]
    fails(typed("build", "a.yaml", "-o", "out"), 2, "no derivative")
    assert tree(folder) == {"a.yaml"}
    assert list(Path("out").iterdir()) == []


def test_a_target_that_is_a_file(engine: Engine, folder: Path) -> None:
    fails(typed("build", "a.yaml", "-o", "a.yaml/out"), 2, "a.yaml", "a file, not a folder")
    assert Path("a.yaml").read_text() == "name: a\n"


def test_an_output_name_that_is_a_folder(engine: Engine, folder: Path) -> None:
    Path("out/net.tex").mkdir(parents=True)
    fails(typed("build", "a.yaml", "-o", "out"), 2, "net.tex", "this is a folder")
    assert tree(folder) == {"a.yaml"}


def test_a_network_name_cannot_leave_the_folder(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("../../x")]
    fails(typed("build", "a.yaml", "-o", "out"), 2, "../../x")
    assert tree(folder) == {"a.yaml"}


def test_build_show_prints_the_derivation_first(engine: Engine, folder: Path) -> None:
    shown = typed("build", "a.yaml", "--show", "--only", "numpy").stdout
    places = [shown.index(word) for word in ("diagram net", "v0[j]", "report[ok]", "wrote")]
    assert places == sorted(places)


def test_build_without_a_check_says_so(folder: Path) -> None:
    result = typed("build", "xor", "--only", "numpy,program", "--check", "none")
    assert result.exit_code == 0, result.output
    assert "xor: not checked" in result.stdout
    assert "xor_train.py: not checked" in result.stdout
    assert "Written by chalkgrad, not checked." in Path("build/xor/xor.py").read_text()
    assert typed("build", "xor", "--only", "numpy", "--check", "full").exit_code == 0
    assert "not checked" not in Path("build/xor/xor.py").read_text()
    fails(typed("build", "xor", "--only", "json", "--check", "none"), 2, "--check")
