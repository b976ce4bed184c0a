"""What is written out and read in again is the same, in every format."""

import io

import pytest
from hypothesis import HealthCheck, example, given, settings

from assessments.formats import read
from assessments.formats.items import Item
from assessments.formats.write import FORMATS, same, write
from tests.assessments.items import fits, items

MARKDOWN_WITH_A_BRACKET = Item(
    n=1,
    line=1,
    type="multiple_response",
    title="Ports",
    stem="Which ports does a web server listen on?",
    content={
        "answers": [
            {"text": "80", "fraction": "50", "feedback": ""},
            {"text": "[443]", "fraction": "50", "feedback": "[TLS] is there"},
        ],
        "format": "markdown",
    },
)


def again(written: str, form: str):
    return list(read(io.BytesIO(written.encode()), form=form))


@pytest.mark.parametrize("form", FORMATS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(item=items())
@example(item=MARKDOWN_WITH_A_BRACKET)
def test_what_is_exported_and_imported_is_equal(form, item):
    refused = []
    written = "".join(write([item], form, refuse=refused.append))
    assert bool(refused) == (not fits(item, form)), (item, written)
    if not refused:
        (back,) = again(written, form)
        assert same(item, back), written
        assert back.category == item.category
