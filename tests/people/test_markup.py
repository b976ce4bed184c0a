import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.markup import highlight_code, render_markdown

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<a href='javascript:alert(1)'>x</a>",
    "![x](https://evil.example/pixel.png)",
    "```html\n<script>alert(1)</script>\n```",
    '```"onmouseover=alert(1)\ncode\n```',
    "<svg/onload=alert(1)>",
    "`<b onclick=alert(1)>`",
    '<https://good.example/"onclick=alert(1)>',
    "[x]: javascript:alert(1)\n\n[x]",
    "<style>*{display:none}</style>",
    "<iframe src=//evil.example></iframe>",
]


def elements(html):
    return list(html5lib.parseFragment(html, namespaceHTMLElements=False).iter())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_runs_or_loads_gets_through(payload):
    for element in elements(render_markdown(payload)):
        assert element.tag not in {"script", "img", "svg", "style", "iframe"}
        assert not any(name.startswith("on") for name in element.attrib)
        assert not element.attrib.get("href", "").lower().startswith(("javascript", "data"))


@given(st.text())
def test_any_text_renders(text):
    render_markdown(text)


def test_code_is_marked_with_classes_and_escaped():
    html = highlight_code("if a < b:\n    print('x')", "python")
    assert 'class="k"' in html
    assert "a &lt; b" not in html  # the operator stands in a span of its own
    assert "&lt;" in html


def test_an_unknown_language_is_shown_plain():
    assert "<code>x &lt; y\n</code>" in highlight_code("x < y", "no-such-language")


def test_headings_begin_below_those_of_the_page():
    assert "<h3>Cause</h3>" in render_markdown("# Cause")


def test_tables_links_and_dzongkha():
    html = render_markdown("| a | b |\n|---|---|\n| འབྲུག | https://x.example |")
    assert "<td>འབྲུག</td>" in html
    assert 'href="https://x.example"' in html
    assert "nofollow" in html


def test_a_table_scrolls_by_itself_and_by_keyboard():
    (around,) = [
        element
        for element in elements(render_markdown("| a | b |\n|---|---|\n| 1 | 2 |"))
        if element.tag == "div"
    ]
    assert around.attrib == {"class": "table-scroll", "tabindex": "0"}
    assert [child.tag for child in around] == ["table"]
