"""Letters in the alphabets of Unicode, which MathML takes for a face."""

from __future__ import annotations

# alphabet -> (first capital, first small, first digit); holes in the
# alphabets that older characters fill stand in _HOLES.
_ALPHABETS = {
    "bold": (0x1D400, 0x1D41A, 0x1D7CE), "italic": (0x1D434, 0x1D44E, 0),
    "bold-italic": (0x1D468, 0x1D482, 0x1D7CE), "script": (0x1D49C, 0x1D4B6, 0),
    "fraktur": (0x1D504, 0x1D51E, 0), "double-struck": (0x1D538, 0x1D552, 0x1D7D8),
    "sans-serif": (0x1D5A0, 0x1D5BA, 0x1D7E2), "monospace": (0x1D670, 0x1D68A, 0x1D7F6),
}  # fmt: skip
_HOLES = {
    "script": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "fraktur": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "double-struck": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    "italic": {"h": "ℎ"},
}
_GREEK_BLOCKS = {"bold": 0x1D6A8, "italic": 0x1D6E2, "bold-italic": 0x1D71C}
_GREEK_ROW = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"


def styled(text: str, alphabet: str) -> str:
    """The characters of ``text`` in an alphabet of Unicode; what it does not have stays."""
    return "".join(_styled(c, alphabet) for c in text)


def _styled(c: str, alphabet: str) -> str:
    if alphabet not in _ALPHABETS:
        return c
    hole = _HOLES.get(alphabet, {}).get(c)
    if hole is not None:
        return hole
    capital, small, digit = _ALPHABETS[alphabet]
    if "A" <= c <= "Z":
        return chr(capital + ord(c) - ord("A"))
    if "a" <= c <= "z":
        return chr(small + ord(c) - ord("a"))
    if digit and "0" <= c <= "9":
        return chr(digit + ord(c) - ord("0"))
    if alphabet in _GREEK_BLOCKS and c in _GREEK_ROW:
        return chr(_GREEK_BLOCKS[alphabet] + _GREEK_ROW.index(c))
    return c
