"""Tables of the LaTeX commands that the page knows: what character each is, and of what kind."""

from __future__ import annotations


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _words(text: str) -> set[str]:
    return set(text.split())


# letters and letter-like signs: they are identifiers
LETTERS = {
    **_pairs(r"""
    alpha α beta β gamma γ delta δ zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ
    omicron ο pi π rho ρ sigma σ tau τ upsilon υ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ
    Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
    epsilon ϵ varepsilon ε vartheta ϑ varphi φ phi ϕ varrho ϱ varsigma ς varpi ϖ varkappa ϰ
    partial ∂ nabla ∇ ell ℓ hbar ℏ infty ∞ emptyset ∅ varnothing ∅ Re ℜ Im ℑ aleph ℵ wp ℘ imath ı
    jmath ȷ top ⊤ bot ⊥ angle ∠ triangle △ square □ Box □ blacksquare ■ checkmark ✓ dagger †
    ddagger ‡
    ldots … dots … dotsc … cdots ⋯ dotsb ⋯ vdots ⋮ ddots ⋱ prime ′ degree ° S § pounds £ copyright ©
    clubsuit ♣ diamondsuit ♢ heartsuit ♡ spadesuit ♠ sharp ♯ flat ♭ natural ♮ blacktriangleright ▸
    blacktriangle ▲ blacktriangledown ▼ blacktriangleleft ◂ triangledown ▽ vartriangle △ lozenge ◊
    blacklozenge ⧫ bigstar ★ mho ℧ eth ð hslash ℏ Bbbk 𝕜 complement ∁ beth ℶ gimel ℷ daleth ℸ
    digamma ϝ measuredangle ∡ sphericalangle ∢ backprime ‵ circledS Ⓢ dotsm ⋯ dotsi ⋯ dotso …
    """),
}  # fmt: skip
# upright by custom: everything here that is one character and no Latin or Greek small letter
UPRIGHT = set("▲▼◂▽◊⧫★℧ð∁ℶℷℸ∡∢‵Ⓢ∇∞∅⊤⊥∠△□■✓†‡…⋯⋮⋱′°§£©♣♢♡♠♯♭♮▸ℵ")
UPRIGHT |= set("ΓΔΘΛΞΠΣΥΦΨΩ")

BINARY = _pairs(r"""
times × cdot ⋅ ast ∗ star ⋆ circ ∘ bullet ∙ div ÷ pm ± mp ∓ odot ⊙ otimes ⊗ oplus ⊕ ominus ⊖
oslash ⊘ cap ∩ cup ∪ setminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ sqcap ⊓ sqcup ⊔ diamond ⋄ amalg ⨿
bigcirc ◯ boxplus ⊞ boxtimes ⊠ boxminus ⊟ boxdot ⊡ uplus ⊎ ltimes ⋉ rtimes ⋊ smallsetminus ∖
triangleleft ◁ triangleright ▷ lhd ⊲ rhd ⊳ unlhd ⊴ unrhd ⊵ wr ≀ dotplus ∔ centerdot ⋅ intercal ⊺
circledast ⊛ circledcirc ⊚ circleddash ⊝ divideontimes ⋇ curlyvee ⋎ curlywedge ⋏ barwedge ⊼
veebar ⊻ bigtriangleup △ bigtriangledown ▽
""")
RELATION = _pairs(r"""
le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪ gg ≫
doteq ≐ triangleq ≜ coloneqq ≔ eqqcolon ≕ in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆
supseteq ⊇ mid ∣ parallel ∥ perp ⊥ asymp ≍ prec ≺ succ ≻ preceq ⪯ succeq ⪰ models ⊨ vdash ⊢
lesssim ≲ gtrsim ≳ leqslant ⩽ geqslant ⩾ colon : stackrel ≝
to → rightarrow → longrightarrow ⟶ leftarrow ← gets ← longleftarrow ⟵ leftrightarrow ↔
Rightarrow ⇒ Longrightarrow ⟹ implies ⟹ Leftarrow ⇐ Longleftarrow ⟸ impliedby ⟸
Leftrightarrow ⇔ iff ⟺ Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ uparrow ↑ downarrow ↓
updownarrow ↕ Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖ hookrightarrow ↪
hookleftarrow ↩ rightharpoonup ⇀ leftharpoonup ↼ rightleftharpoons ⇌ leadsto ⇝ curvearrowright ↷
curvearrowleft ↶ circlearrowright ↻ circlearrowleft ↺ therefore ∴ because ∵ longleftrightarrow ⟷
rightharpoondown ⇁ leftharpoondown ↽ rightleftarrows ⇄ leftrightarrows ⇆ rightrightarrows ⇉
twoheadrightarrow ↠ rightarrowtail ↣ rightsquigarrow ⇝ leftrightsquigarrow ↭ upharpoonright ↾
nrightarrow ↛ nleftarrow ↚ nRightarrow ⇏ Updownarrow ⇕ multimap ⊸ Vdash ⊩ dashv ⊣ vDash ⊨ nvdash ⊬
approxeq ≊ thicksim ∼ thickapprox ≈ backsim ∽ eqsim ≂ leqq ≦ geqq ≧ lessapprox ⪅ gtrapprox ⪆
lessdot ⋖ gtrdot ⋗ lessgtr ≶ nless ≮ ngtr ≯ nleq ≰ ngeq ≱ lll ⋘ ggg ⋙ precsim ≾ succsim ≿
preccurlyeq ≼ succcurlyeq ≽ nprec ⊀ nsucc ⊁ subsetneq ⊊ supsetneq ⊋ nsubseteq ⊈ nsupseteq ⊉
Subset ⋐ Supset ⋑ sqsubset ⊏ sqsupset ⊐ sqsubseteq ⊑ sqsupseteq ⊒ owns ∋ varpropto ∝ nmid ∤
shortmid ∣ nparallel ∦ bowtie ⋈ smile ⌣ frown ⌢ between ≬ pitchfork ⋔ circeq ≗ risingdotseq ≓
fallingdotseq ≒ Bumpeq ≎ bumpeq ≏ trianglelefteq ⊴ trianglerighteq ⊵ vartriangleleft ⊲
vartriangleright ⊳ nsim ≁ ncong ≇
""")
del RELATION["stackrel"]
PREFIX = _pairs("neg ¬ lnot ¬ forall ∀ exists ∃ nexists ∄")
LARGE = _pairs(r"""
sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂
bigodot ⨀ bigvee ⋁ bigwedge ⋀ bigsqcup ⨆ biguplus ⨄
""")
INTEGRALS = set("∫∬∭∮")
FENCES = _pairs(r"""
langle ⟨ rangle ⟩ lvert | rvert | vert | lVert ‖ rVert ‖ Vert ‖ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉
lbrace { rbrace } lbrack [ rbrack ] backslash \ uparrow ↑ downarrow ↓ llbracket ⟦ rrbracket ⟧
lgroup ⟮ rgroup ⟯
""") | {"{": "{", "}": "}", "|": "‖"}
OPENING = set("([{⟨⌊⌈⟦⟮") | {"lvert", "lVert"}
CLOSING = set(")]}⟩⌋⌉⟧⟯") | {"rvert", "rVert"}
FUNCTIONS = _words("""
exp ln log lg sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth deg dim ker hom arg
""")
LIMIT_FUNCTIONS = _words("max min sup inf lim det Pr gcd limsup liminf argmax argmin")
SPACES = {
    ",": 0.1667, ":": 0.2222, ">": 0.2222, ";": 0.2778, " ": 0.25, "!": 0.0, "quad": 1.0,
    "qquad": 2.0, "thinspace": 0.1667, "medspace": 0.2222, "thickspace": 0.2778, "enspace": 0.5,
    "negthinspace": 0.0, "enskip": 0.5, "space": 0.25, "~": 0.25,
}  # fmt: skip
ACCENTS = {
    "hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~", "widetilde": "~",
    "vec": "→", "dot": "˙", "ddot": "¨", "check": "ˇ", "breve": "˘", "acute": "´", "grave": "`",
    "mathring": "˚", "overrightarrow": "→", "overleftarrow": "←",
}  # fmt: skip
WIDE = {"widehat", "overline", "widetilde", "overrightarrow", "overleftarrow"}
BIG = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}
MATRICES = {
    "matrix": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"), "smallmatrix": ("", ""), "cases": ("{", ""),
    "dcases": ("{", ""), "rcases": ("", "}"), "array": ("", ""), "aligned": ("", ""),
    "alignedat": ("", ""), "gathered": ("", ""), "split": ("", ""), "align": ("", ""),
    "align*": ("", ""), "gather": ("", ""), "gather*": ("", ""), "equation": ("", ""),
    "equation*": ("", ""), "multline*": ("", ""),
}  # fmt: skip
ALIGNED = {"aligned", "alignedat", "split", "align", "align*"}
STYLES = {
    "displaystyle": ("true", "0"), "textstyle": ("false", "0"), "scriptstyle": ("false", "1"),
    "scriptscriptstyle": ("false", "2"),
}  # fmt: skip
# commands whose argument is text, with the font they ask for
TEXTS = {
    "text": "", "textrm": "", "textit": "italic", "textbf": "bold", "texttt": "code",
    "textsf": "sans", "mbox": "", "hbox": "", "textnormal": "", "emph": "italic",
}  # fmt: skip
# said about layout in print; nothing on the page
SILENT = _words("""
limits nolimits nonumber notag displaylimits allowbreak nobreak relax noindent centering strut
mathstrut normalsize small footnotesize tiny large Large protect hfill
""")

# Letters in the alphabets of Unicode: (first capital, first small, first digit); holes in the
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
