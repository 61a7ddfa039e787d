"""A lecturer's own slides: Markdown to pages of blocks.

Headings of the first two levels (and ``---``) begin pages; paragraphs, lists, tables, quotes and
program text become blocks, ``$…$`` and ``$$…$$`` mathematics (`codegen.lecture.own.markdown_math`).
A block ``notes`` holds the speaker's notes, a block ``{=latex}`` raw TeX, which only ``--trust``
admits. HTML is text, a picture its description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from ....derive.language.errors import ChalkgradError
from ...deck.model import Block, Bullets, Code, Columns, Math, Panel, Table, Text
from ...formula.rich import Rich, plain
from .markdown_math import checked, rows

RAW = "=latex"  # the language of a Code block that the documents in TeX print as it stands
_DOLLARS = re.compile(
    r"(\$\$?)(?![\s$])((?:[^$\\]|\\.)*?[^$\\\s]|(?:[^$\\]|\\.)*?\\.)\1(?!\d)", re.S
)
_DOUBLE = re.compile(r"(\$\$)((?:[^$\\]|\\.)+)\$\$", re.S)
_INDENT = 0.05
_ALIGN = {"text-align:center": "c", "text-align:right": "r"}


@dataclass
class Part:
    """A page of the file. ``opens``: nothing but a heading of the first level."""

    title: Rich
    level: int = 1
    blocks: list[Block] = field(default_factory=list)
    notes: list[Rich] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)  # what is not shown, for the build's report

    @property
    def opens(self) -> bool:
        return self.level == 1 and not self.blocks


def parts(text: str, name: str, *, trust: bool = False) -> list[Part]:
    """The pages of a Markdown text; ``name`` is the file, for messages.

    What stands before the first heading is a page without a title. Raises ChalkgradError with
    file and line for what cannot be shown.
    """
    reader = _Reader(name, trust)
    for node in SyntaxTreeNode(_parser().parse(text)).children:
        reader.top(node)
    return reader.made


class _Reader:
    def __init__(self, name: str, trust: bool) -> None:
        self.name, self.trust = name, trust
        self.made: list[Part] = []
        self.line = 1

    @property
    def where(self) -> str:
        return f"{self.name}:{self.line}"

    def fault(self, what: str, hint: str = "") -> ChalkgradError:
        return ChalkgradError(what, where=self.where, hint=hint)

    # -- pages ---------------------------------------------------------------------------------

    def top(self, node: SyntaxTreeNode) -> None:
        self.see(node)
        level = int(node.tag[1]) if node.type == "heading" else 9
        if level <= 2:
            self.made.append(Part(self.inline(node), level))
            return
        if not self.made:
            self.made.append(Part("", 2))
        if node.type == "hr":
            self.made.append(Part(self.made[-1].title, 2))
        elif node.type == "fence" and _language(node.info) == "notes":
            self.made[-1].notes.append(plain(" ".join(node.content.split())))
        else:
            self.made[-1].blocks += self.block(node)

    def see(self, node: SyntaxTreeNode) -> None:
        if node.map is not None:
            self.line = node.map[0] + 1

    # -- blocks --------------------------------------------------------------------------------

    def block(self, node: SyntaxTreeNode, kind: str = "plain") -> list[Block]:
        self.see(node)
        match node.type:
            case "paragraph":
                return self.paragraph(node, kind)
            case "heading":
                return [Text(f"**{self.inline(node, inside=True)}**", "lead")]
            case "bullet_list" | "ordered_list":
                return self.items(node)
            case "blockquote":
                return [b for child in node.children for b in self.block(child, "quote")]
            case "math_block":
                if node.meta.get("open"):
                    raise self.fault("a display without an end", "close it with $$")
                return [Math(rows(node.content, self.where))]
            case "table":
                return [self.table(node)]
            case "fence" | "code_block":
                return [self.code(node)]
            case "hr":
                return []
        raise self.fault(f"a slide cannot show this ({node.type})")

    def paragraph(self, node: SyntaxTreeNode, kind: str) -> list[Block]:
        inner = node.children[0].children
        if len(inner) == 1 and inner[0].type == "math_inline" and inner[0].markup == "$$":
            return [Math(rows(inner[0].content, self.where))]
        if len(inner) == 1 and inner[0].type == "image":
            return [Panel(self.image(inner[0]), (), "aside")]
        return [Text(self.inline(node), kind)]

    def items(self, node: SyntaxTreeNode) -> list[Block]:
        """A list; what is nested in an item is set in from the left, the list goes on below it."""
        numbered = node.type == "ordered_list"
        made: list[Block] = []
        said: list[Rich] = []
        for k, item in enumerate(node.children):
            below = list(item.children)
            first = below[:1] if below and below[0].type == "paragraph" else []
            self.see(item)
            text = self.inline(first[0]) if first else ""
            if numbered and made:  # the list was interrupted: its number is said in words
                made += _bullets(said, False)
                made.append(Text(f"{int(node.attrs.get('start', 1)) + k}. {text}"))
                said = []
            else:
                said.append(text)
            inner = [b for child in below[len(first) :] for b in self.block(child)]
            if inner:
                made += [*_bullets(said, numbered), _set_in(inner)]
                said = []
        return [*made, *_bullets(said, numbered)]

    def table(self, node: SyntaxTreeNode) -> Table:
        head, *body = node.children
        cells = head.children[0].children
        align = "".join(_ALIGN.get(str(c.attrs.get("style", "")), "l") for c in cells)
        lines = [tuple(self.inline(c) for c in r.children) for part in body for r in part.children]
        return Table(tuple(self.inline(c) for c in cells), tuple(lines), align)

    def code(self, node: SyntaxTreeNode) -> Code:
        language = _language(node.info) if node.type == "fence" else "text"
        if language == RAW and not self.trust:
            raise self.fault("raw TeX is not admitted", "chalkgrad build --trust, for own files")
        return Code(node.content.rstrip("\n"), language)

    # -- rich text -----------------------------------------------------------------------------

    def inline(self, node: SyntaxTreeNode, *, inside: bool = False) -> Rich:
        """The text of a paragraph, heading or cell; ``inside`` of bold or italic letters."""
        self.see(node)
        made = [self.piece(c, inside) for child in node.children for c in child.children]
        return "".join(made).strip()

    def piece(self, node: SyntaxTreeNode, inside: bool) -> Rich:
        match node.type:
            case "text":
                return plain(node.content)
            case "softbreak" | "hardbreak":
                return " "
            case "math_inline":
                made = checked(node.content, self.where)
                return f"${made.replace('*', chr(92) + 'ast ') if inside else made}$"
            case "code_inline":
                return plain(node.content) if "`" in node.content else f"`{node.content}`"
            case "strong" | "em":
                within = "".join(self.piece(c, True) for c in node.children)
                mark = "" if inside else "**" if node.type == "strong" else "*"
                return f"{mark}{within}{mark}" if within.strip() else within
            case "link":
                return self.link(node, inside)
            case "image":
                return self.image(node)
        raise self.fault(f"a slide cannot show this ({node.type})")

    def image(self, node: SyntaxTreeNode) -> Rich:
        """The description of a picture, which a slide does not show; the build says so."""
        source = str(node.attrs.get("src", ""))
        said = f"{self.where}: the picture {source[:80]} is not shown, only its description"
        if self.made:
            self.made[-1].reports.append(said)
        return plain(node.content or source)

    def link(self, node: SyntaxTreeNode, inside: bool) -> Rich:
        """A slide on a wall is not clicked: the address is printed behind the words."""
        words = "".join(self.piece(c, inside) for c in node.children)
        address = plain(node.attrs.get("href", ""))
        return words if not address or address in words else f"{words} ({address})"


def _bullets(said: list[Rich], numbered: bool) -> list[Block]:
    return [Bullets(tuple(said), numbered)] if said else []


def _set_in(blocks: list[Block]) -> Columns:
    return Columns(((_INDENT, ()), (1 - _INDENT, tuple(blocks))))


def _language(info: str) -> str:
    word = info.strip().split(" ")[0].lower()
    if word == "{=latex}":
        return RAW
    return word if re.fullmatch(r"[a-z0-9_+-]{1,20}", word) else "text"


# -- dollars --------------------------------------------------------------------------------------


def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["entity", "lheading"])
    md.inline.ruler.before("escape", "math_inline", _dollar)
    alt: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "math_block", _display, alt)
    return md


def _dollar(state: StateInline, silent: bool) -> bool:
    """``$x$``: no blank inside the dollars, no digit behind them ($5 and $6 are prices)."""
    m = _DOLLARS.match(state.src, state.pos) or _DOUBLE.match(state.src, state.pos)
    if m is None:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content, token.markup = m[2], m[1]
    state.pos = m.end()
    return True


def _display(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``$$ … $$`` on lines of its own."""
    if state.is_code_block(start):
        return False
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].rstrip()
    if not first.startswith("$$") or ("$$" in first[2:] and not first.endswith("$$")):
        return False
    last = start
    closed = len(first) > 3 and first.endswith("$$")
    while not closed and last + 1 < end:
        last += 1
        closed = state.getLines(last, last + 1, 0, False).rstrip().endswith("$$")
    if silent:
        return True
    text = state.getLines(start, last + 1, state.blkIndent, False).strip()
    state.line = last + 1
    token = state.push("math_block", "math", 0)
    token.block, token.map = True, [start, state.line]
    token.content = text[2 : -2 if closed else None]
    token.meta = {"open": not closed}
    return True
