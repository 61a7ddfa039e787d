"""The report of a run: every number of it against the history or a count by hand."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chalkgrad
from chalkgrad.codegen.report.measured import Measured, confusion
from chalkgrad.codegen.report.regions import regions
from chalkgrad.codegen.targets.numpy.training.loaded import load_program
from tests.report.command_tools import files, rows_of, samples, trained, typed, write_all

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> $\\input{/etc/passwd}$ & ]]>'


class Page(HTMLParser):
    """The elements of a page: tags with their attributes, ids, and the cells of every table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.tables[-1][-1][-1] += data

    def ids(self) -> list[str]:
        return [str(a["id"]) for _, a in self.tags if "id" in a]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three classes in the plane, with validation and test samples."""
    folder = tmp_path_factory.mktemp("report")
    write_all(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        trained("two.yaml", "--data", "train.csv", "--validation", 0.2, "--test-data", "test.csv")
    return folder


@pytest.fixture(scope="module")
def page(built: Path) -> Page:
    return Page((built / "build/two/two_report.html").read_text("utf-8"))


@pytest.fixture(scope="module")
def net(built: Path) -> tuple[Any, Any]:
    """(program, the parameters that the run saved)."""
    program = load_program(chalkgrad.load(built / "two.yaml").derive())
    return program, program.load_weights(built / "build/two/two.npz")


# -- the numbers ----------------------------------------------------------------------------------


def test_the_epochs_are_those_of_the_history(built: Path, page: Page) -> None:
    head, *rows = page.tables[2]
    assert head == ["epoch", "loss", "accuracy", "validation loss", "validation accuracy",
                    "gradient norm", "learning rate"]  # fmt: skip
    history = rows_of(built / "build/two/two_history.csv")
    assert len(rows) == len(history) == 6
    for row, line in zip(rows, history, strict=True):
        for name, cell in zip(head, row, strict=True):
            value = float(line[name.replace(" ", "_").replace("learning_rate", "rate")])
            shown = f"{value:.2%}" if "accuracy" in name else f"{value:.6g}"
            assert cell == shown


def test_the_results_are_those_of_one_sample_at_a_time(page: Page, net: tuple[Any, Any]) -> None:
    """Loss and accuracy over the test samples, by predict, a sample at a time."""
    program, params = net
    losses, right = [], 0
    for *x, label in samples(2):
        y = program.model.predict(params, np.array([x]))[0]
        losses.append(-np.log(y[int(label)]))
        right += int(np.argmax(y)) == int(label)
    (row,) = [r for r in page.tables[0] if r[0] == "test"]
    assert row == ["test", "test.csv", "30", f"{np.mean(losses):.6g}", f"{right / 30:.2%}"]


def test_the_confusion_matrix_is_counted_by_hand(page: Page, net: tuple[Any, Any]) -> None:
    program, params = net
    counts = [[0] * 3 for _ in range(3)]
    for *x, label in samples(2):
        answer = int(np.argmax(program.model.predict(params, np.array([x]))[0]))
        counts[int(label)][answer] += 1
    _, _, *rows, foot = page.tables[1]
    assert [[int(c) for c in row[1:-1]] for row in rows] == counts
    for k, row in enumerate(rows):
        assert row[-1] == f"{counts[k][k] / sum(counts[k]):.2%}"
        given = sum(line[k] for line in counts)
        assert foot[k + 1] == (f"{counts[k][k] / given:.2%}" if given else "–")
    assert foot[-1] == f"all {sum(counts[k][k] for k in range(3)) / 30:.2%}"


def test_a_class_without_samples_has_no_recall(net: tuple[Any, Any]) -> None:
    program, params = net
    x, y = np.array([[0.5, 0.5]]), np.array([[0.0, 1.0, 0.0]])
    found = confusion(program, params, Measured("test", "", (x, y), 0, 0))
    assert found is not None
    assert np.isnan(found.recall[0])
    assert np.isnan(found.recall[2])
    assert found.counts.sum() == found.counts[1].sum() == 1


def test_the_regions_are_what_predict_says(net: tuple[Any, Any]) -> None:
    program, params = net
    data = samples(0)
    given = (data[:, :2], np.eye(3)[data[:, 2].astype(int)])
    found = regions(program, params, given, count=21)
    assert found is not None
    assert found.kind == "classes"
    assert found.x[0] < data[:, 0].min() < data[:, 0].max() < found.x[-1]
    assert found.y[0] < data[:, 1].min() < data[:, 1].max() < found.y[-1]
    for i, j in [(0, 0), (0, 20), (20, 0), (13, 4), (7, 19)]:
        at = np.array([[found.x[j], found.y[i]]])
        assert found.values[i, j] == program.model.predict(params, at)[0].argmax()
    assert np.array_equal(found.points, given[0])
    assert np.array_equal(found.targets, data[:, 2])


def test_a_column_of_ones_is_held_and_yes_is_a_probability(tmp_path: Path) -> None:
    write_all(tmp_path)
    program = load_program(chalkgrad.load(tmp_path / "yes.yaml").derive())
    params = program.model.init(4)
    table = np.loadtxt(tmp_path / "yes.csv", delimiter=",")
    found = regions(program, params, (table[:, :3], table[:, 3:]), count=9)
    assert found is not None
    assert (found.kind, found.names, dict(found.held)) == ("yes", ("x[0]", "x[1]"), {"x[2]": 1.0})
    for i, j in [(0, 0), (8, 3), (2, 7)]:
        at = np.array([[found.x[j], found.y[i], 1.0]])
        assert found.values[i, j] == program.model.predict(params, at)[0, 0]
    half = (table[:, :3], np.full((20, 1), 0.3))  # 0.3 is neither yes nor no
    numbers = regions(program, params, half, count=3)
    assert numbers is not None
    assert numbers.kind == "number"
    assert regions(program, params, (np.ones((4, 3)), np.ones((4, 1)))) is None


# -- the file -------------------------------------------------------------------------------------


def test_the_page_asks_for_nothing(built: Path, page: Page) -> None:
    text = (built / "build/two/two_report.html").read_text("utf-8")
    assert not re.search(r"https?:|//[a-z]|@import|src\s*=|<link|<script|<iframe", text.replace(
        'src="data:', ""))  # fmt: skip
    assert set(re.findall(r"url\(\s*['\"]?(.)", text)) <= {"#"}
    for tag, attributes in page.tags:
        link = attributes.get("href") or ""
        assert link[:1] in ("", "#") or link.startswith("data:image/png;base64,"), (tag, link[:80])
        assert not any(name.startswith("on") for name in attributes)
    assert "default-src 'none'" in text


def test_ids_are_there_once_and_links_lead_to_them(page: Page) -> None:
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        link = attributes.get("href") or ""
        if link.startswith("#"):
            assert link[1:] in ids


def test_every_figure_is_told_in_words(built: Path, page: Page) -> None:
    figures = [a for tag, a in page.tags if tag == "figure"]
    names = [str(a["class"]) for a in figures]
    assert names == ["of-loss", "of-accuracy", "of-gradient", "of-confusion", "of-regions"]
    assert all(a["role"] == "img" and len(str(a["aria-label"])) > 30 for a in figures)
    history = rows_of(built / "build/two/two_history.csv")
    first, last = (float(history[k]["loss"]) for k in (0, -1))
    assert f"{first:.4g} in epoch 1, {last:.4g} in epoch 6" in str(figures[0]["aria-label"])


def test_the_same_run_has_the_same_bytes(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another folder, with other settings of matplotlib, by the command that the page tells."""
    import matplotlib

    write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = (built / "build/two/two_report.html").read_text("utf-8")
    command = re.search(r"<pre><code>chalkgrad train (.*)</code></pre>", text)
    assert command is not None
    with matplotlib.rc_context({"xtick.direction": "in", "font.size": 20, "axes.grid": False}):
        kept = dict(matplotlib.rcParams)
        trained(*command[1].split())
        assert dict(matplotlib.rcParams) == kept
    assert files("build/two") == files(built / "build/two")


def test_what_a_spec_and_a_file_are_called_is_only_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    name = "<b onclick=alert(3)>'\".csv"
    Path(name).write_bytes(Path("line.csv").read_bytes())
    text = Path("line.yaml").read_text()
    Path("evil.yaml").write_text(f"{text}title: '{HOSTILE}'\n")
    trained("evil.yaml", "--data", name, "--epochs", 1)
    made = Path("build/line/line_report.html").read_text("utf-8")
    tags = Page(made).tags
    assert not {"script", "img", "b"} & {tag for tag, _ in tags}
    assert not any(key.startswith("on") for _, a in tags for key in a)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made
    assert "&lt;b onclick=alert(3)&gt;" in made


# -- without matplotlib ---------------------------------------------------------------------------


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, and Python without matplotlib."""
    write_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in [n for n in sys.modules if n.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


@pytest.mark.usefixtures("bare")
def test_without_matplotlib_all_else_is_written_and_one_line_says_what_to_install() -> None:
    said = trained("line.yaml", "--data", "line.csv")
    assert set(files("build/line")) == {"line.npz", "line_history.csv", "line.checkpoint"}
    assert said.endswith("no report: matplotlib is not installed\n"
                         "  hint: pip install 'chalkgrad[report]'\n")  # fmt: skip
    assert "no report" not in trained("line.yaml", "--data", "line.csv", "--no-report")


@pytest.mark.usefixtures("bare")
def test_a_report_that_is_asked_for_is_refused_before_the_run() -> None:
    made = typed("line.yaml", "--data", "line.csv", "--report")
    assert made.exit_code == 3
    assert made.stderr == ("error: --report: the report needs matplotlib\n"
                           "  hint: pip install 'chalkgrad[report]'\n")  # fmt: skip
    assert not Path("build").exists()
