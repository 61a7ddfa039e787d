"""What a user can name is a folder: in a copy of the package one folder more is one name more.

Nothing else of the copy is touched. What the new folder brings is built, stands in the help and in
the messages, in the docs' tables and in the schema.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.house.copies import Copy

SPEC = """\
name: tiny
network: {units: [1, 1], activation: sigmoid}
loss: squared_error
values: {x: 1, y: 0, W0: 0.5, b0: 0.1}
"""

CARDS = """
from ...outputs import Document

def _written(made):
    return {f"{made.stem}_cards.txt": "".join(f"{page.title}\\n" for page in made.deck.pages)}

DOCUMENTS = (
    Document(name="cards", meaning="titles to cut out", files=("_cards.txt",), make=_written),
)
"""
LISTING = """
from ...outputs import Target

def _emit(d):
    from ...lowering.program import build

    reads = sorted(build(d).backward.reads)
    return {f"{d.network.name}.lst": "".join(f"{name}\\n" for name in reads)}

TARGETS = (
    Target(name="listing", meaning="what backward reads", files=(".lst",), emit=_emit),
)
"""
MOTTO_OPTIONS = '''
from typing import ClassVar

from ....deck.item import Item

class Options(Item):
    """A page with a sentence to remember."""

    main: ClassVar[str] = "text"
    text: str
    """The sentence."""
'''
MOTTO_PAGES = """
from ....deck.model import Text
from ....formula.rich import plain

def pages(context, options):
    yield context.page("motto", plain("Remember"), [Text(plain(options.text))])
"""


class Doors(Copy):
    """What the tests ask a copy."""

    def room(self, room: str, files: dict[str, str]) -> None:
        assert not (self.package / "codegen" / room).exists()
        for name, text in {"__init__.py": "", **files}.items():
            self.add(f"codegen/{room}/{name}", text)

    def build(self, spec: str, only: str, code: int = 0) -> str:
        (self.folder / "tiny.yaml").write_text(spec, encoding="utf-8")
        return self.command("build", "tiny.yaml", "--only", only, "-o", "out", code=code)

    def written(self, name: str) -> str:
        return (self.folder / "out" / name).read_text("utf-8")

    def table(self, name: str) -> str:
        tables = "from chalkgrad.codegen.upkeep.docs_tables import tables"
        return self.python("-c", f"{tables}; print(tables()[{name!r}])")


@pytest.fixture
def copy(tmp_path: Path) -> Doors:
    return Doors(tmp_path)


def test_a_folder_of_documents_is_a_kind_of_document(copy: Doors) -> None:
    copy.room("documents/cards", {"kind.py": CARDS})
    said = copy.build(SPEC + "deck: [title, forward]\n", "cards")
    assert "tiny_cards.txt  titles to cut out" in said
    assert copy.written("tiny_cards.txt").count("\n") > 1
    assert "cards" in copy.command("build", "--help")
    fault = copy.build(SPEC, "card", code=2)
    assert "cards, " in fault
    assert "did you mean 'cards'?" in fault
    assert "| `cards` | `neuron_cards.txt` | titles to cut out |" in copy.table("asked")


def test_a_folder_of_targets_is_a_target(copy: Doors) -> None:
    copy.room("targets/listing", {"target.py": LISTING})
    said = copy.build(SPEC, "listing")
    assert "tiny.lst  what backward reads" in said
    assert "W0" in copy.written("tiny.lst").split()
    assert "listing" in copy.command("build", "--help")
    assert "did you mean 'listing'?" in copy.build(SPEC, "listings", code=2)


def test_a_folder_of_items_is_an_item_of_a_deck(copy: Doors) -> None:
    copy.room("lecture/items/motto", {"options.py": MOTTO_OPTIONS, "pages.py": MOTTO_PAGES})
    copy.build(SPEC + "deck: [title, motto: Check every gradient.]\n", "manifest,slides")
    pages = json.loads(copy.written("tiny_manifest.json"))["pages"]
    assert [page["item"] for page in pages] == ["title", "motto"]
    assert "Check every gradient." in copy.written("tiny_slides.tex")
    fault = copy.build(SPEC + "deck: [title, moto: Check.]\n", "manifest", code=2)
    assert "tiny.yaml:5:15: deck[1]: there is no deck item 'moto'" in fault
    assert "did you mean 'motto'?" in fault
    fault = copy.build(SPEC + "deck: [title, motto: {txt: Check.}]\n", "manifest", code=2)
    assert "deck[1]: unknown key 'txt'" in fault
    assert "| **`motto`** |" in copy.table("items")
    schema = "from chalkgrad.codegen.upkeep.spec_schema import schema_text; print(schema_text())"
    assert '"motto"' in copy.python("-c", schema)


def test_two_folders_cannot_bring_one_name(copy: Doors) -> None:
    copy.room("documents/cards", {"kind.py": CARDS.replace('"cards"', '"numpy"')})
    assert "two outputs are called 'numpy'" in copy.command("build", "--help", code=1)
