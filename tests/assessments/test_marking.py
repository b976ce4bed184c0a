from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.draws import draw, option_order
from assessments.formats import gift
from assessments.marking import TYPES, mark, number
from tests.factories.assessments import BANK, RIGHT

ITEMS = {item.ident: item for item in gift.read(BANK.splitlines())}
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.parametrize("ident", ITEMS)
def test_the_right_answer_earns_all_and_none_earns_nothing(ident):
    item = ITEMS[ident]
    assert mark(item.type, item.content, RIGHT[ident]) == 1
    assert mark(item.type, item.content, None) == 0


@pytest.mark.parametrize("ident", ITEMS)
@given(answer=ANSWERS)
def test_any_answer_is_marked_between_nothing_and_all(ident, answer):
    item = ITEMS[ident]
    assert 0 <= mark(item.type, item.content, answer) <= 1


def test_a_wrong_choice_takes_the_right_ones_away():
    item = ITEMS["two"]
    assert mark(item.type, item.content, [0]) == Decimal("0.5")
    assert mark(item.type, item.content, [0, 1, 2]) == 0


def test_matching_counts_each_pair():
    item = ITEMS["six"]
    assert mark(item.type, item.content, ["IPv4", "mail", "mail"]) == Decimal(2) / 3


def test_dzongkha_ends_do_not_decide():
    content = {"answers": [{"text": "ཐིམ་ཕུག", "fraction": "100", "feedback": ""}]}
    assert mark("short_answer", content, "ཐིམ་ཕུག་།") == 1


@pytest.mark.parametrize(("text", "value"), [("3,5", "3.5"), (" 1 000 ", "1000"), ("1e3", "1000")])
def test_numbers_as_people_type_them(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "NaN", "inf", "1.2.3", "١٢", "1e99999"])
def test_what_is_no_number(text):
    assert number(text) is None


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(0, 40), st.integers())
def test_a_draw_repeats_itself_and_prefers_the_unseen(ids, count, seed):
    seen = dict.fromkeys(ids[: len(ids) // 2], 1)
    first = draw([(ids, count)], seen=seen, seed=seed)
    assert first == draw([(ids, count)], seen=seen, seed=seed)
    assert len(first) == len(set(first)) == min(count, len(ids))
    unseen = [pk for pk in ids if pk not in seen]
    assert len([pk for pk in first if pk in unseen]) == min(len(first), len(unseen))


@given(st.integers(0, 20), st.integers(), st.integers(0, 50))
def test_options_keep_their_order_on_a_reload(count, seed, slot):
    order = option_order(count, seed=seed, slot=slot)
    assert order == option_order(count, seed=seed, slot=slot)
    assert sorted(order) == list(range(count))


def test_every_type_has_a_question_here():
    assert {item.type for item in ITEMS.values()} == set(TYPES)
