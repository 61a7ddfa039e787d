"""The command's shell, on an engine of a few lines: arguments, exit codes, what is on the disk."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

import codegen
import derive
from codegen.cli import app
from codegen.cli_new import START
from derive import examples
from derive.errors import ChalkgradError, MissingProgramError

ROOT = Path(__file__).parents[1]
COMMANDS = ("build", "show", "check", "explain", "layers", "examples", "new")
HEAVY = {"sympy", "numpy", "pydantic", "jinja2", "opt_einsum", "yaml", "derive"}


def chalkgrad(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def fails(result: Result, code: int, *words: str) -> None:
    """The run ended with that code and one message on stderr that holds the words."""
    assert result.exit_code == code, (result.output, result.exception)
    assert result.stderr.count("error: ") == 1
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


# ------------------------------------------------------------------------------- the fake engine


class FakeReport:
    """As much of a gradient report as the shell looks at."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.failed = status == "failed"

    def to_json(self) -> dict[str, Any]:
        return {"module": "fake", "status": self.status}


class FakeNetwork:
    def __init__(self, name: str, fault: Exception | None = None) -> None:
        self.name = self.title = name
        self.fault = fault

    def derive(self) -> SimpleNamespace:
        if self.fault:
            raise self.fault
        return SimpleNamespace(network=self)


class Engine:
    """What the shell calls: ``networks`` come from every spec, ``calls`` records the arguments."""

    def __init__(self) -> None:
        self.networks: list[FakeNetwork] = [FakeNetwork("net")]
        self.fault: Exception | None = None
        self.status = "ok"
        self.calls: list[tuple[Any, ...]] = []

    def load_all(self, spec: Path, sets: list[str]) -> list[FakeNetwork]:
        self.calls.append(("load_all", spec, list(sets)))
        if self.fault:
            raise self.fault
        return self.networks

    def check_module(self, path: Path) -> FakeReport:
        self.calls.append(("check_module", path.name, path.read_text(encoding="utf-8")))
        return FakeReport(self.status)

    def render(self, report: FakeReport, console: Any) -> None:
        console.print(f"report[{report.status}]")

    def show(self, d: Any, wrt: list[str], levels: list[str], console: Any) -> None:
        self.calls.append(("show", d.network.name, wrt, levels))
        console.print("[bold]v0[j] = 1")

    def explain(self, d: Any, entry: str, console: Any) -> None:
        self.calls.append(("explain", d.network.name, entry))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    terminal = _module(
        "codegen.terminal",
        show=fake.show,
        explain=fake.explain,
        diagram=lambda network, console: console.print(f"diagram {network.name}"),
    )
    modules = [
        terminal,
        _module("codegen.module", numpy_module=lambda d: f"# {d.network.name}\n"),
        _module("codegen.article", article=lambda d: f"% {d.network.name}\n"),
        _module("codegen.check", check_module=fake.check_module, render=fake.render),
    ]
    for module in modules:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(codegen, "terminal", terminal, raising=False)
    monkeypatch.setattr(derive, "load_all", fake.load_all, raising=False)
    return fake


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with one spec in it; programs are found in its ``bin`` only."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    Path("a.yaml").write_text("name: a\n")
    return tmp_path


def tree(folder: Path) -> set[str]:
    """Every file below the folder, hidden and scratch ones too."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if path.parts[0] != "bin"}


def install_pdflatex(folder: Path, script: str) -> None:
    program = folder / "bin" / "pdflatex"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


# ------------------------------------------------------------------------------------ cold start


@pytest.mark.parametrize("args", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_imports_nothing_of_the_engine(args: list[str]) -> None:
    code = (
        "import sys; from codegen.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('loaded:', *sorted(m for m in sys.modules if '.' not in m))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.rpartition("loaded:")[2].split())
    assert "typer" in loaded
    # For a command's own help some releases of typer read its options with pydantic.
    assert loaded & (HEAVY if args == ["--help"] else HEAVY - {"pydantic"}) == set()


def test_help_names_every_command_of_the_contract() -> None:
    shown = chalkgrad("--help").stdout
    assert [name for name in COMMANDS if f" {name} " not in shown] == []


# ----------------------------------------------------------------------------- wrong arguments


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["frobnicate"], "frobnicate"),
        (["build", "--frobnicate", "x"], "--frobnicate"),
        (["build"], "SPEC"),
        (["explain", "x"], "ENTRY"),
        (["new", "a", "b"], "b"),
    ],
)
def test_typer_refuses_wrong_arguments(args: list[str], word: str) -> None:
    result = chalkgrad(*args)
    assert result.exit_code == 2
    assert word in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("command", [["build"], ["show"], ["check"]])
def test_a_spec_that_is_not_there(command: list[str], engine: Engine, folder: Path) -> None:
    fails(chalkgrad(*command, "nosuch.yaml"), 2, "nosuch.yaml", "no such file")
    assert tree(folder) == {"a.yaml"}


# ----------------------------------------------------------------------------- the error boundary


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (
            ChalkgradError("bad", where="layers[0]", hint="mend it"),
            2,
            ["layers[0]: bad", "mend it"],
        ),
        (MissingProgramError("no TeX", hint="install it"), 3, ["no TeX", "install it"]),
        (PermissionError(13, "Permission denied", "a.yaml"), 2, ["a.yaml: Permission denied"]),
        (ChalkgradError("title \x1b[2J\x07"), 2, [r"title \x1b[2J\x07"]),
    ],
)
def test_a_fault_is_one_message(
    fault: Exception, code: int, words: list[str], engine: Engine, folder: Path
) -> None:
    engine.fault = fault
    fails(chalkgrad("build", "a.yaml"), code, *words)
    assert tree(folder) == {"a.yaml"}


def test_a_fault_of_our_own_keeps_its_traceback(engine: Engine, folder: Path) -> None:
    engine.fault = ZeroDivisionError("ours")
    assert chalkgrad("build", "a.yaml").exception is engine.fault


def test_text_of_a_spec_is_no_markup(engine: Engine, folder: Path) -> None:
    assert "[bold]v0[j] = 1" in chalkgrad("show", "a.yaml").stdout


# ------------------------------------------------------------------------------------------ build


def test_build_writes_every_output_and_says_so(engine: Engine, folder: Path) -> None:
    install_pdflatex(folder, 'for last; do :; done; echo "%PDF" > "${last%.tex}.pdf"')
    result = chalkgrad("build", "a.yaml", "--set", "batch=sum")
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


def test_build_without_tex_says_what_to_install(engine: Engine, folder: Path) -> None:
    result = chalkgrad("build", "a.yaml")
    assert result.exit_code == 0
    assert "apt-get install texlive" in " ".join(result.stdout.split())
    assert tree(folder) == {"a.yaml", *(f"build/net/net.{end}" for end in ("py", "tex", "json"))}


def test_only_pdf_without_tex_is_a_missing_program(engine: Engine, folder: Path) -> None:
    fails(chalkgrad("build", "a.yaml", "--only", "pdf"), 3, "pdflatex", "apt-get install")
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
    fails(chalkgrad("build", "a.yaml", "--only", "numpy,pdf"), code, word)
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
    assert chalkgrad("build", "a.yaml", "--only", *only).exit_code == 0
    assert tree(folder) == {"a.yaml", *(f"build/net/net.{end}" for end in ends)}
    checked = any(call[0] == "check_module" for call in engine.calls)
    assert checked == bool(ends & {"py", "json"})


@pytest.mark.parametrize(("only", "word"), [("nump", "did you mean 'numpy'?"), ("numpy,", "empty")])
def test_only_refuses_other_words(only: str, word: str, engine: Engine, folder: Path) -> None:
    fails(chalkgrad("build", "a.yaml", "--only", only), 2, "--only", word)
    assert tree(folder) == {"a.yaml"}


def test_several_networks_share_the_folder_of_their_spec(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("one"), FakeNetwork("two")]
    assert chalkgrad("build", "a.yaml", "--only", "numpy").exit_code == 0
    assert tree(folder) == {"a.yaml", "build/a/one.py", "build/a/two.py"}


def test_two_networks_of_one_name_are_refused(engine: Engine, folder: Path) -> None:
    fails(chalkgrad("build", "a.yaml", "a.yaml", "-o", "out"), 2, "net.py", "two networks")
    assert tree(folder) == {"a.yaml"}


def test_an_existing_folder_keeps_its_other_files(engine: Engine, folder: Path) -> None:
    Path("out").mkdir()
    Path("out/notes.txt").write_text("mine")
    Path("out/net.py").write_text("old")
    assert chalkgrad("build", "a.yaml", "-o", "out", "--only", "numpy").exit_code == 0
    assert tree(folder) == {"a.yaml", "out/notes.txt", "out/net.py"}
    assert Path("out/notes.txt").read_text() == "mine"
    assert Path("out/net.py").read_text() == "# net\n"


def test_a_new_folder_has_ordinary_permissions(engine: Engine, folder: Path) -> None:
    Path("plain").mkdir()
    assert chalkgrad("build", "a.yaml", "-o", "deep/out", "--only", "numpy").exit_code == 0
    assert Path("deep/out").stat().st_mode == Path("plain").stat().st_mode


def test_a_failed_check_writes_nothing(engine: Engine, folder: Path) -> None:
    engine.status = "failed"
    result = chalkgrad("build", "a.yaml")
    assert result.exit_code == 1
    assert "report[failed]" in result.stdout
    assert "nothing was written" in result.stdout
    assert tree(folder) == {"a.yaml"}


def test_a_fault_in_the_second_network_writes_nothing(engine: Engine, folder: Path) -> None:
    Path("out").mkdir()
    engine.networks = [FakeNetwork("one"), FakeNetwork("two", ChalkgradError("no derivative"))]
    fails(chalkgrad("build", "a.yaml", "-o", "out"), 2, "no derivative")
    assert tree(folder) == {"a.yaml"}
    assert list(Path("out").iterdir()) == []


def test_a_target_that_is_a_file(engine: Engine, folder: Path) -> None:
    fails(chalkgrad("build", "a.yaml", "-o", "a.yaml/out"), 2, "a.yaml", "a file, not a folder")
    assert Path("a.yaml").read_text() == "name: a\n"


def test_an_output_name_that_is_a_folder(engine: Engine, folder: Path) -> None:
    Path("out/net.tex").mkdir(parents=True)
    fails(chalkgrad("build", "a.yaml", "-o", "out"), 2, "net.tex", "this is a folder")
    assert tree(folder) == {"a.yaml"}


def test_a_network_name_cannot_leave_the_folder(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("../../x")]
    fails(chalkgrad("build", "a.yaml", "-o", "out"), 2, "../../x")
    assert tree(folder) == {"a.yaml"}


def test_build_show_prints_the_derivation_first(engine: Engine, folder: Path) -> None:
    shown = chalkgrad("build", "a.yaml", "--show", "--only", "numpy").stdout
    places = [shown.index(word) for word in ("diagram net", "v0[j]", "report[ok]", "wrote")]
    assert places == sorted(places)


# ------------------------------------------------------------------------------- show and explain


def test_show_passes_names_and_levels_in_order(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("one"), FakeNetwork("two")]
    args = ["--wrt", "W1[0,1],b1", "--wrt", "W0", "--level", "matrix,chain"]
    assert chalkgrad("show", "a.yaml", *args).exit_code == 0
    assert engine.calls[1:] == [
        ("show", name, ["W1[0,1]", "b1", "W0"], ["matrix", "chain"]) for name in ("one", "two")
    ]


def test_show_one_network_of_several(engine: Engine, folder: Path) -> None:
    engine.networks = [FakeNetwork("one"), FakeNetwork("two")]
    assert chalkgrad("show", "a.yaml", "--network", "two").exit_code == 0
    assert engine.calls[1:] == [("show", "two", [], [])]
    fails(chalkgrad("show", "a.yaml", "--network", "tow"), 2, "tow", "did you mean 'two'?")


def test_show_refuses_an_unknown_level(engine: Engine, folder: Path) -> None:
    fails(chalkgrad("show", "a.yaml", "--level", "matrx"), 2, "--level", "did you mean 'matrix'?")


def test_explain_passes_the_entry(engine: Engine, folder: Path) -> None:
    assert chalkgrad("explain", "a.yaml", "W1[1,0]").exit_code == 0
    assert engine.calls[1:] == [("explain", "net", "W1[1,0]")]


# ------------------------------------------------------------------------------------------ check


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("skipped", 0), ("failed", 1)])
def test_check_a_module(status: str, code: int, engine: Engine, folder: Path) -> None:
    Path("mine.py").write_text("# mine\n")
    engine.status = status
    result = chalkgrad("check", "mine.py")
    assert result.exit_code == code
    assert f"report[{status}]" in result.stdout
    assert engine.calls == [("check_module", "mine.py", "# mine\n")]


def test_check_a_spec_leaves_nothing_behind(engine: Engine, folder: Path) -> None:
    assert chalkgrad("check", "a.yaml").exit_code == 0
    assert ("check_module", "net.py", "# net\n") in engine.calls
    assert tree(folder) == {"a.yaml"}


def test_check_json_is_one_document(engine: Engine, folder: Path) -> None:
    engine.status = "failed"
    result = chalkgrad("check", "a.yaml", "a.yaml", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["status"] == "failed"
    assert [report["status"] for report in document["reports"]] == ["failed", "failed"]


def test_check_refuses_what_makes_no_sense(engine: Engine, folder: Path) -> None:
    fails(chalkgrad("check", "nosuch.py"), 2, "nosuch.py", "no such module")
    fails(chalkgrad("check", "a.py", "--set", "batch=sum"), 2, "--set")


# ------------------------------------------------- docs/check-your-own-backward.md, as it is read


def documented(language: str) -> str:
    """The one block of that language on the page."""
    page = (ROOT / "docs" / "check-your-own-backward.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def judged(result: Result) -> dict[str, str]:
    """Tensor -> status, of the one report in the JSON document."""
    (report,) = json.loads(result.stdout)["reports"]
    return {row["name"]: row["status"] for row in report["tensors"]}


def test_the_documented_module_passes(folder: Path) -> None:
    Path("my_module.py").write_text(documented("python"))
    result = chalkgrad("check", "my_module.py")
    assert result.exit_code == 0
    # The errors are rounding, and that is the machine's.
    rounding = re.compile(r"[0-9.]+e-[0-9]+")
    assert rounding.sub("", result.stdout) == rounding.sub("", documented("text"))
    assert tree(folder) == {"a.yaml", "my_module.py"}


@pytest.mark.parametrize(
    ("right", "wrong", "failed"),
    [
        ("1 - cache.y**2", "1 - cache.y", {"W", "b", "x"}),
        ("dv.sum(axis=0)", "dv.mean(axis=0)", {"b"}),
    ],
)
def test_the_documented_faults_fail(right: str, wrong: str, failed: set[str], folder: Path) -> None:
    good = documented("python")
    assert good.count(right) == 1
    Path("my_module.py").write_text(good.replace(right, wrong))
    result = chalkgrad("check", "my_module.py", "--json")
    assert result.exit_code == 1
    rows = judged(result)
    assert {name for name, status in rows.items() if status == "failed"} == failed
    assert set(rows) == {"W", "b", "x"}


# --------------------------------------------------------------------------- new and the examples


def test_new_writes_a_spec_once(folder: Path) -> None:
    result = chalkgrad("new", "lecture05")
    assert result.exit_code == 0
    written = Path("lecture05.yaml").read_text()
    assert written == START.substitute(name="lecture05")
    assert yaml.safe_load(written)["name"] == "lecture05"
    Path("lecture05.yaml").write_text("mine")
    fails(chalkgrad("new", "lecture05"), 2, "lecture05.yaml", "already")
    assert Path("lecture05.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    "name", ["1x", "class", "a-b", "../x", "a__b", "_x", "é", "a b", "", "a.yaml"]
)
def test_new_refuses_other_names(name: str, folder: Path) -> None:
    fails(chalkgrad("new", name), 2, "Python identifier")
    assert tree(folder) == {"a.yaml"}


def test_examples_lists_every_spec_and_prints_it_unchanged() -> None:
    shipped = {path.stem: path for path in (ROOT / "derive" / "examples").glob("*.yaml")}
    assert examples.names() == sorted(shipped)
    assert "n232" in shipped
    listed = chalkgrad("examples").stdout
    for name, path in shipped.items():
        assert f" {name} " in listed
        assert chalkgrad("examples", name).stdout == path.read_text(encoding="utf-8")


def test_an_unknown_example() -> None:
    fails(chalkgrad("examples", "n323"), 2, "n323", "did you mean")
