"""A deck with every block, every macro and what is awkward: long lines, matrices and tables."""

from __future__ import annotations

from chalkgrad.codegen.deck.model import (
    Blank,
    Bullets,
    Code,
    Columns,
    Deck,
    Figure,
    Math,
    Page,
    Panel,
    Picture,
    Table,
    Text,
    Theme,
)
from chalkgrad.codegen.formula.rich import plain
from chalkgrad.codegen.picture.scene.scene import Arc, Box, Circle, Label, Line, Scene
from tests.lecture.typed import typed, typed_strip

HOSTILE = (
    r"\write18{touch owned} \input{/etc/passwd} ^^5cinput{/etc/passwd} \csname end\endcsname "
    r"$x$ 100% #1 a~b a_b <script>alert(1)</script> {\bf &"
)
CHAIN = (
    r"\cgat{1}{\cgf{1}{\cgr{yhat}{\dfrac{\partial L}{\partial \hat{\mathbf{y}}^1}}}}"
    r"\cgat{2}{\times \cgf{2}{\dfrac{\partial \hat{\mathbf{y}}^1}{\partial \mathbf{v}^1}}}"
    r"\cgat{3}{\times \cgf{3}{\dfrac{\partial \mathbf{v}^1}{\partial \mathbf{W}^1}}}"
)
LEFT = r"\frac{\partial L}{\partial \mathbf{W}^1}"


def network(steps: int = 3) -> Scene:
    """A small network with one arc a step."""
    shapes: list[Line | Circle | Box | Arc | Label] = []
    for j in range(3):
        y = 1.4 - 1.4 * j
        shapes += [
            Circle((3, y), 0.35, role="unit"), Label((3, y), r"$\Sigma$"),
            Line(((0.4, 0.4), (2.65, y)), arrow=True, role="weight"),
            Line(((3.35, y), (6.2, y)), arrow=True),
            Label((4.6, y + 0.3), f"$v^0_{j}$", anchor="south"),
            Label((1.5, (y + 0.4) / 2), f"$w^0_{{0,{j}}}$", plate=True, ref=f"W0[0,{j}]"),
        ]  # fmt: skip
    for k in range(steps):
        x = 9.0 - 1.6 * k
        shapes += [
            Arc((x, 1.6), (x - 1.6, 1.6), 1.0, factor=k + 1, at=k + 1),
            Box((x - 1.9, -1.6), (x - 1.3, 1.5), 0.1, factor=k + 1, at=k + 1),
            Label((x - 1.6, 1.9), f"${k + 1}$", factor=k + 1, at=k + 1),
        ]
    shapes.append(Box((0, -2.0), (1, 0), role="region", at=1, until=2))
    return Scene(tuple(shapes), about="three units", low=(-0.2, -2.2), high=(9.4, 2.9))


def _chain_page() -> Page:
    return Page(
        id="chain", item="gradients", title=r"Backward pass: $\partial L/\partial\mathbf{W}^1$",
        subtitle="chain rule, one factor per click", steps=3,
        blocks=(
            Picture(network(), height=0.62),
            Math((typed(LEFT, CHAIN, number=12, ref="W1"),)),
            typed_strip(r"\frac{\partial L}{\partial W^1}=\cgc{1}{a}\times\cgc{2}{b}",
                        r"\frac{\partial L}{\partial b^1}=a\times c",
                        r"\frac{\partial L}{\partial W^0}=d", current=1),
        ),
        notes=("Click once per factor.", "Ask what $g'$ is."),
        figures=(Figure("main.dW1[1,0]", "-0.0237122105", "-0.0237", "half_up"),),
    )  # fmt: skip


def _numbers_page() -> Page:
    entries = r"-0.0225 & 0.0745\\ \cghl{-0.0237} & 0.0786\\ -0.0249 & 0.0825"
    matrix = rf"\begin{{bmatrix}} {entries}\end{{bmatrix}}"
    column = r"\begin{bmatrix}0.6248\\0.6593\\0.6921\end{bmatrix}"
    factor = rf"\underbrace{{{column}}}_{{(\mathbf{{y}}^0)^\top,\;3\times 1}}"
    return Page(
        id="numbers", item="example", title=r"$\partial L/\partial\mathbf{W}^1$ with numbers",
        subtitle="same colours, same order", steps=2,
        blocks=(
            Math((
                typed(LEFT, rf"\cgc{{3}}{{{factor}}}\left(\cgc{{1}}{{[-0.2139\;\;0.8248]}} \odot "
                    rf"\cgc{{2}}{{[0.1681\;\;0.1445]}}\right) = {matrix}", number=13),
                typed(r"\frac{\partial L}{\partial w^1_{1,0}}",
                    r"\cgc{1}{(-0.2139)}\times\cgc{2}{0.1681}\times\cgc{3}{0.6593} "
                    r"\approx \cgn{main.dW1[1,0]}{\cghl{-0.0237}}", at=2, note="by hand",
                    blank=True),
                typed(r"v^1_0", r"\cgblank{0.5793}\cdot 0.5 + 0.35 = \cgblank{0.6397}", at=2,
                    note=r"rounded to 4 decimals, so that the product of the printed factors is "
                         r"not the printed result: the slide says $\approx$"),
            )),
        ),
    )  # fmt: skip


def _long_page() -> Page:
    terms = " + ".join(rf"\left(x_{{{k}}} w^0_{{{k},1}} + b^0_{{{k}}}\right)^2" for k in range(14))
    wide = " & ".join(f"0.{k:02d}" for k in range(12))
    rows = r" \\ ".join([wide] * 3)
    products = "+".join(f"a_{{{k}}}b_{{{k}}}" for k in range(13))
    return Page(
        id="long", item="forward", title="Long equations and a matrix with twelve columns",
        blocks=(
            Math((typed("L", terms, number=14), typed("", r"\sum_{k=0}^{13}\left(v_k\right)^2"))),
            Math((typed(r"\mathbf{W}", rf"\begin{{bmatrix}}{rows}\end{{bmatrix}}"),)),
            Math((typed(r"\text{shrunk a little: }\;f", products),)),
        ),
    )  # fmt: skip


def _six_steps() -> Page:
    rows = tuple(
        typed("a" if not k else "", rf"\frac{{x_{k}}}{{y_{k}}}" + r"\cgat{6}{+ z}", at=k + 1)
        for k in range(6)
    )
    return Page(
        id="six", item="gradients", title="Six steps", steps=6,
        blocks=(Math(rows, size="small"), Text("Appears with step **four**.", at=4)),
    )  # fmt: skip


def _tables() -> list[Page]:
    long = tuple((str(k), f"{2 + k / 100:.4f}", f"$-{k}.25$", "round") for k in range(1, 31))
    words = "The weight changes so that the output comes nearer to what is desired; " * 2
    return [
        Page("check", "check", "Gradient check", (
            Table(("parameter", "analytic", "numeric", "relative error", ""),
                  tuple((f"$w^0_{{{k},0}}$", "+0.0025940646", "+0.0025940646",
                         r"$2.3\cdot 10^{-9}$", r"$\checkmark$") for k in range(4)),
                  "lrrrc", (2,), caption="central differences"),
            Text("17/17 parameters pass (worst $2.3\\cdot 10^{-9}$)"),
        ), subtitle="central difference, $h = 10^{-5}$"),
        Page("train", "train", "Thirty rounds", (
            Text("The weights after each round:", "lead"),
            Table(("$k$", "$w_0$", "$w_1$", "word"), long, "rrrl"))),
        Page("legend", "delta", "A table of sentences", (
            Table(("symbol", "what it is"), ((r"$\delta^l$", words), (r"$z^l$", words)), "ll",
                  size="small"),)),
    ]  # fmt: skip


_CODE = '''class Network:
    """A network of two layers."""

    def forward(self, x):
        self.y0 = sigmoid(x @ self.W0 + self.b0)  # hidden, one line that is too long
        return sigmoid(self.y0 @ self.W1 + self.b1)

    def backward(self, x, y):
        dv1 = (self.y1 - y) * self.y1 * (1 - self.y1)
        return self.y0.T @ dv1, "quotes ' and -- dashes << %d #" % 3'''


def _code_pages() -> list[Page]:
    long = "\n".join(f"def f{k}(x):\n    return x + {k}  # σ\n" for k in range(16))
    return [
        Page("code", "code", "Code beside equations", (Columns((
            (0.58, (Code(_CODE, strong=(4,), refs=((4, "y0"),), size="tiny"),)),
            (0.42, (Text("The same in symbols:", "lead"),
                    Math((typed(r"\mathbf{y}^0", r"\sigma(\mathbf{x}\mathbf{W}^0 + \mathbf{b}^0)"),
                          typed(r"\hat{\mathbf{y}}",
                              r"\sigma(\mathbf{y}^0\mathbf{W}^1 + \mathbf{b}^1)")),
                         size="small"))))),)),
        Page("listing", "code", "A long listing", (Code(long),)),
    ]  # fmt: skip


def _words_pages() -> list[Page]:
    return [
        Page("agenda", "agenda", "Agenda", (Bullets(("Architecture", "Forward pass",
             "Backward pass: **five** chain rules", "A line that is so long that it does not fit "
             "on one line of the slide and goes on below its own beginning, as it should",
             "Examples with `np.dot(In, W1)`")), Bullets(("first", "second"), numbered=True, at=2)),
             steps=2),
        Page("mistake", "mistakes", "A common mistake: the sum over paths is missing",
             (Columns((
                 (0.5, (Panel("Wrong", (Math((typed(r"\frac{\partial E}{\partial h_1}",
                        r"\frac{\partial E_{o1}}{\partial h_1}"),), "small"),), "wrong"),)),
                 (0.5, (Panel("Right", (Math((typed(r"\frac{\partial E}{\partial h_1}",
                        r"\frac{\partial E_{o1}}{\partial h_1}"
                        r"+\frac{\partial E_{o2}}{\partial h_1}"),),
                        "small"),), "right", at=2),)))),
              Panel("Remember", (Text("Every path counts."), Text("A remark.", "small")), "aside"),
              Panel("Plain", (Text("A summary."),)),
              Text("This number is wrong on purpose.", "warning"),
              Text("Variation of *W* causes *z* to vary.", "quote")), mistake=True, steps=2),
        Page("board", "example", "Example 1", (Picture(network(0), height=0.5),
             Blank(0.45)), layout="board"),
        Page("exercise", "exercises", "Fill in", (Text("Compute $v^0$:"), Blank(0.5, lines=True))),
    ]  # fmt: skip


def sample(aspect: str = "16:9", *, bar: bool = False) -> Deck:
    """The deck."""
    pages = [
        Page("title", "title", "", (), subtitle="SIN393 (2023)", layout="title"),
        *_words_pages()[:1],
        Page("part", "section", "Backward pass", (), subtitle="one factor after the other",
             layout="section"),
        _chain_page(), _numbers_page(), _long_page(), _six_steps(),
        *_tables(), *_code_pages(), *_words_pages()[1:],
    ]  # fmt: skip
    theme = Theme(footer="Prof. João F. Mari – joaofmari.github.io – SIN393 (2023)", bar=bar)
    return Deck("sample", "en", "Artificial neural networks: Backpropagation",
                "Prof. João Fernando Mari", tuple(pages), theme, aspect)  # fmt: skip


def hostile() -> Deck:
    """Every text is hostile, the mathematics too."""
    word = plain(HOSTILE)
    page = Page(
        "h", "slide", word,
        (
            Text(word), Bullets((word,)),
            Math((typed(HOSTILE, "1", note=word), typed("x", HOSTILE))),
            Table((word, "b"), ((word, "c"),), caption=word), Code(HOSTILE), typed_strip(HOSTILE),
            Panel(word, (Text(word),)),
        ),
        subtitle=word, notes=(word,),
    )  # fmt: skip
    return Deck(word, "en", word, word, (page,), Theme(footer=word))
