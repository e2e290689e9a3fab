"""What a student writes is shown, and nothing of it runs: Markdown, links, pictures, formulas."""

from html.parser import HTMLParser

import pytest

from optedu.courses.cleaning import FORMULAS, WORDS, harmless, markdown2html
from optedu.courses.formulas import as_mathml

DOT = "data:image/png;base64,iVBORw0KGgo="
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>a</a>", "<style>*{display:none}</style>", "<b onclick=alert(1)>",
    "<math><mi href='javascript:alert(1)'>x</mi></math>", "<base href=https://example.org>",
    "<form action=/x><button formaction=/y>", "<iframe srcdoc='<script>1</script>'></iframe>",
    "<details open ontoggle=alert(1)>", "<math><mtext><table><mglyph><style><img src onerror=1>",
    "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](&#106;avascript:alert(1))",
    "[a](javascript&colon;alert(1))", "[a](<javascript:alert(1)>)", "[a](vbscript:x)",
    "[a](<java\tscript:alert(1)>)", "[a](data:text/html;base64,PHNjcmlwdD4=)", "[a](/api/contents)",
    "[a][r]\n\n[r]: javascript:alert(1)", "<javascript:alert(1)>", '[a](https://a "\\" onload=1")',
    "![a](https://example.org/x.png)", "![a][r]\n\n[r]: https://example.org/x.png",
    '![a](x" onerror=1)',
    "![a](data:image/svg+xml;base64,PHN2Zz4=)", f'![a]({DOT} "x\\" onerror=alert(1)")',
    "![a](attachment:nothing.png)", "# a\" onclick=\"alert(1)", "```js\"onload=x\n<script>\n```",
    "| <img onerror=x> |\n| --- |\n| [q](javascript:1) |", "$<script>alert(1)</script>$",
    "$$\n\\href{javascript:alert(1)}{x}\n$$",
]  # fmt: skip


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_nothing_runs(text):
    for tag, attributes in Tags(text).found:
        assert tag in (*WORDS, *FORMULAS)
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("style", "id", "srcset", "action", "formaction", "srcdoc")
            if name == "href":
                assert tag == "a"
                assert value.startswith(("https://", "http://", "mailto:", "#"))
            if name == "src":
                assert value.startswith("data:image/png;base64,")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("before", [str, harmless, as_mathml])
def test_nothing_runs_and_nothing_is_fetched(text, before):
    """Each of the two defences holds alone, and formulas do not bring links back."""
    assert_nothing_runs(markdown2html({}, before(text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**bold** and `x < y`", "<strong>bold</strong> and <code>x &lt; y</code>"),
        ("[book](https://example.org/a?b=1)", '<a href="https://example.org/a?b=1">book</a>'),
        (f"![dot]({DOT})", f'src="{DOT}"'),
        ("| a |\n| --- |\n| 1 |", "<td>1</td>"),
        ("<details><summary>Hint</summary>\n\nLook.\n\n</details>", "<summary>Hint</summary>"),
        ("$a<b$ stays", "$a&lt;b$ stays"),
    ],
)
def test_what_is_harmless_stays(text, shown):
    assert shown in markdown2html({}, text)


def test_formulas_stay():
    shown = markdown2html({}, as_mathml("$\\frac{x_1}{2} \\le \\sqrt{y}$"))
    assert [tag for tag, _ in Tags(shown).found if tag in ("math", "mfrac", "msub", "msqrt")] == [
        "math", "mfrac", "msub", "msqrt",
    ]  # fmt: skip


def test_a_picture_is_shown_where_it_is_attached():
    text = "![dot](attachment:dot.png)"
    assert harmless(text) == "[dot] (attachment:dot.png)"
    assert harmless(text, ["dot.png"]) == text
    cell = {"attachments": {"dot.png": {"image/png": "iVBORw0KGgo="}}}
    assert DOT in markdown2html({"cell": cell}, text)


def test_a_cell_that_cannot_be_converted_is_shown_as_it_is():
    assert "<pre>" in markdown2html({}, "![a](attachment:nothing.png)")
