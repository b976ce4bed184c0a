from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.draws import draw, option_order
from assessments.formats import gift
from assessments.marking import MARKED_BY_PEOPLE, NOT_MARKED, TYPES, mark, number
from tests.assessments.items import items
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


@pytest.mark.parametrize("kind", MARKED_BY_PEOPLE + NOT_MARKED)
def test_what_people_mark_and_what_asks_nothing_gets_no_share(kind):
    assert mark(kind, {}, "anything") is None
    assert mark(kind, {}, None) is None


def test_every_type_is_marked_here_or_by_people():
    here = {item.type for item in ITEMS.values()} | {"ordering", "cloze"}
    assert here | set(MARKED_BY_PEOPLE) | set(NOT_MARKED) == set(TYPES)


@given(item=items(), answer=ANSWERS)
def test_any_answer_to_any_question_is_marked_between_nothing_and_all(item, answer):
    share = mark(item.type, item.content, answer)
    assert share is None or 0 <= share <= 1


ORDER = {"items": ["power", "router", "line"]}


@pytest.mark.parametrize(
    ("answer", "share"),
    [([1, 2, 3], 1), ([1, 3, 2], Decimal(1) / 3), ([3, 1, 2], 0), ([1, 0, 0], Decimal(1) / 3)],
)
def test_an_order_counts_each_item_at_its_place(answer, share):
    assert mark("ordering", ORDER, answer) == share
    assert mark("ordering", ORDER | {"exact": True}, answer) == int(share)


def test_gaps_count_by_their_weight_or_all_together():
    rows = [{"text": "router", "fraction": "100", "feedback": ""}]
    gaps = [
        {"type": "short_answer", "weight": 3, "answers": rows, "case": False},
        {"type": "single_choice", "weight": 1, "answers": rows},
    ]
    assert mark("cloze", {"gaps": gaps}, ["Router", None]) == Decimal("0.75")
    assert mark("cloze", {"gaps": gaps}, ["hub", 0]) == Decimal("0.25")
    assert mark("cloze", {"gaps": gaps, "exact": True}, ["router", None]) == 0
    assert mark("cloze", {"gaps": gaps, "exact": True}, ["router", 0]) == 1


def test_only_the_exact_set_earns_marks_where_the_question_says_so():
    rows = [
        {"text": t, "fraction": f, "feedback": ""}
        for t, f in zip("abc", ("50", "50", "0"), strict=True)
    ]
    content = {"answers": rows, "exact": True}
    assert [mark("multiple_response", content, a) for a in ([0, 1], [0], [0, 1, 2])] == [1, 0, 0]


def test_pairs_weigh_what_the_question_says():
    content = {"pairs": [["A", "1"], ["B", "2"]], "weights": ["25", "75"]}
    assert mark("matching", content, ["1", "1"]) == Decimal("0.25")


@pytest.mark.parametrize(
    ("answer", "share"),
    [("100", 1), ("100 m", 1), ("0.1 km", 1), ("0,1km", 1), ("100 km", 0), ("100 miles", 0)],
)
def test_a_number_with_a_unit_is_reckoned_in_the_first(answer, share):
    units = [{"unit": "m", "multiplier": "1"}, {"unit": "km", "multiplier": "0.001"}]
    rows = [{"low": "95", "high": "105", "fraction": "100", "feedback": ""}]
    assert mark("numerical", {"answers": rows, "units": units}, answer) == share


def test_what_is_said_to_every_other_number_earns_nothing():
    rows = [
        {"low": "8", "high": "8", "fraction": "100", "feedback": ""},
        {"low": None, "high": None, "fraction": "0", "feedback": "Count again."},
    ]
    assert mark("numerical", {"answers": rows}, "9") == 0
    assert mark("numerical", {"answers": rows}, "8") == 1
