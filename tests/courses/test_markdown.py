from hypothesis import given
from hypothesis import strategies as st

from courses.markdown import pieces

UNIT = """
## Before you begin

A **method**.

> [!WARNING]
> Switch it off *first*.

```console
ping 192.0.2.1
```

![A tree](../images/tree.svg "The tree")

| what | how |
|---|---|
| **cable** | `look` |

{{check: nf-01}}

{{quiz}}
"""


def test_a_unit_falls_into_its_pieces():
    found = pieces(UNIT)
    assert [piece.kind for piece in found] == [
        "text",
        "callout",
        "code",
        "image",
        "table",
        "check",
        "quiz",
    ]
    text, callout, code, image, table, check, _quiz = (piece.value for piece in found)
    assert text == "<h2>Before you begin</h2>\n<p>A <strong>method</strong>.</p>"
    assert callout == {"kind": "warning", "text": "<p>Switch it off <em>first</em>.</p>"}
    assert code == {"language": "console", "code": "ping 192.0.2.1"}
    assert image == {"src": "../images/tree.svg", "alt": "A tree", "caption": "The tree"}
    assert table == [["what", "how"], ["cable", "look"]]
    assert check == "nf-01"


@given(st.text())
def test_any_text_falls_into_pieces(text):
    pieces(text)
