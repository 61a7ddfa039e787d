"""The words of a lecture: the same in every language, used, and as lecturers say them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

import chalkgrad.codegen.lecture.words as words_module
from chalkgrad import load_all
from chalkgrad.codegen.lecture.plan import lecture
from chalkgrad.codegen.lecture.words import languages, words
from tests.paths import ROOT

FOLDER = ROOT / "codegen" / "lecture" / "words"
TABLES = {p.stem: yaml.safe_load(p.read_text("utf-8")) for p in sorted(FOLDER.glob("*.yaml"))}
CODE = [p.read_text("utf-8") for end in ("py", "j2")
        for p in sorted((ROOT / "codegen").rglob(f"*.{end}"))]  # fmt: skip
SLOT = re.compile(r"\{([a-z_]+)\}")
ENGLISH = re.compile(
    r"\b(the|of|and|with|without|loss|layer|layers|weight|weights|gradient|forward|backward|step|"
    r"round|mistake|network|learning|rate|output|input|hidden|wrong|right|check|bias|sum|page|to|"
    r"is|are|not|function|derivative)\b"
)
PORTUGUESE = re.compile(
    r"\b(ou|da|dos|das|onde|número|camada|rede|peso|perda|passo|não|sem|saída|entrada|uma|são|"
    r"para|erro|função)\b"
)
TERMS = (
    "camada oculta", "saída desejada", "viés", "função de perda", "erro quadrático médio",
    "regra da cadeia", "taxa de aprendizado", "passo direto", "passo reverso", "retropropagação",
    "época", "mini-lote", "fronteira de decisão", "tabela-verdade", "grafo computacional",
)  # fmt: skip


def prose(text: str) -> str:
    """The words of a text: no formulas, slots, code or names in capitals (AND, XOR)."""
    return re.sub(r"\$[^$]*\$|\{[^}]*\}|`[^`]*`|\b[A-Z]{2,}\b", " ", text)


def test_english_and_portuguese_are_there():
    assert {"en", "pt"} <= set(languages())


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_language_says_the_same(language: str):
    """Same keys in the same order (some of them over a ``base``), same slots, every text a text."""
    table, english = dict(TABLES[language]), TABLES["en"]
    base = table.pop("base", None)
    assert list(table) == [k for k in english if base is None or k in table]
    for key, text in table.items():
        assert isinstance(text, str), key
        assert text.strip(), key
        assert sorted(set(SLOT.findall(text))) == sorted(set(SLOT.findall(english[key]))), key


def test_what_is_not_translated_comes_from_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(FOLDER / "en.yaml", tmp_path)
    (tmp_path / "es.yaml").write_text("base: en\npage_next: Siguiente\n", "utf-8")
    monkeypatch.setattr(words_module, "_FOLDER", tmp_path)
    monkeypatch.setattr(words_module, "words", words.__wrapped__)
    spanish = words_module.words("es")
    assert (spanish("page_next"), spanish("page_previous")) == ("Siguiente", "Back")


@pytest.mark.parametrize("language", sorted(TABLES))
def test_no_key_is_written_twice(language: str):
    lines = (FOLDER / f"{language}.yaml").read_text("utf-8").splitlines()
    keys = [m[1] for line in lines if (m := re.match(r"([a-z0-9_]+):", line))]
    assert sorted(keys) == sorted(set(keys))


def test_no_word_of_the_other_language_is_left():
    for key, text in TABLES["pt"].items():
        assert not ENGLISH.findall(prose(text).lower()), (key, text)
    for key, text in TABLES["en"].items():
        assert not PORTUGUESE.findall(prose(text).lower()), (key, text)


def test_portuguese_has_the_terms_of_a_brazilian_lecture():
    said = " ".join(TABLES["pt"].values()).lower()
    assert [t for t in TERMS if t not in said] == []
    for foreign in ("bias", "overfitting", "função de custo", "taxa de aprendizagem", "rótulo"):
        assert foreign not in said, foreign


def test_every_key_is_used():
    """As a literal, or by an f-string such as ``f"mistake_{key}_check"``."""
    literals = {m for text in CODE for m in re.findall(r'"([a-z0-9_]+)"', text)}
    forms = [
        re.compile(re.sub(r"\\?\{[^{}]*\\?\}", "[a-z0-9_]+", m))
        for text in CODE
        for m in re.findall(r'f"([a-z0-9_{}.]*\{[^"]*)"', text)
        if re.fullmatch(r"[a-z0-9_]*(\{[a-z_.]+\}[a-z0-9_]*)+", m) and not m.startswith("{key}")
    ]
    mistakes = re.compile(r"mistake_[a-z_]+_(lead|check)")
    unused = [
        key
        for key in TABLES["en"]
        if key not in literals
        and not mistakes.fullmatch(key)
        and not any(f.fullmatch(key) for f in forms if f.pattern[:3].islower())
    ]
    assert unused == ["decimal_mark"] or unused == []


def test_no_key_is_missing():
    asked = {
        literal
        for text in CODE
        for call in re.findall(r"(?<!`)\bwords\(\s*([^(),]*)", text)  # not in a docstring
        for literal in re.findall(r'(?<!f)"([a-z0-9_]+)"', call)
    }
    assert len(asked) > 20
    assert sorted(asked - set(TABLES["en"])) == []


def test_every_mistake_has_its_sentences():
    from chalkgrad.codegen.lecture.items.mistakes.library import LIBRARY

    for mistake in LIBRARY:
        for suffix in ("", "_lead", "_check"):
            assert f"mistake_{mistake.key}{suffix}" in TABLES["en"]


def test_a_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    table = {k: f"xx {v}" for k, v in TABLES["en"].items()} | {"decimal_mark": ","}
    (tmp_path / "xx.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    monkeypatch.setattr(words_module, "_FOLDER", tmp_path)
    words.cache_clear()
    try:
        assert "xx" in languages()
        deck = lecture(load_all("n111", ["deck=[agenda, forward]"]), "xx")
    finally:
        words.cache_clear()
    assert deck.decimal == ","
    assert deck.pages[0].title == "xx Agenda"
    assert deck.pages[1].title == "xx Forward pass"


@pytest.mark.parametrize(("language", "struck"), [("en", "struck out"), ("pt", "riscado")])
def test_the_page_promises_no_more_than_it_works_out_again(language: str, struck: str) -> None:
    """Numbers that the page cannot redo are struck out: ``page_stale``."""
    assert struck in words(language)("page_board_help")
