from hypothesis import given
from hypothesis import strategies as st

from search.analysis import words
from search.planner import MAX_WORDS, make_plan, typo_keys, within_one_edit

LETTERS = st.text(alphabet="abcdefgh", min_size=3, max_size=14)


@given(st.text())
def test_any_text_becomes_a_plan(text):
    plan = make_plan(text)
    assert len(plan.words) <= MAX_WORDS
    assert bool(plan) == bool(words(text))


@given(st.text())
def test_words_hold_only_letters_marks_and_digits(text):
    assert all(not set(word) & set("\"'*()&|!:<>\\\x00 ") for word in words(text))


def test_dzongkha_is_cut_into_syllables_with_their_vowels():
    assert words("འབྲུག་ཡུལ།") == ["འབྲུག", "ཡུལ"]


def test_accents_fold_and_host_names_fall_into_words():
    assert words("Café srv1.moic.gov.bt") == ["cafe", "srv1", "moic", "gov", "bt"]


def test_two_syllables_ask_for_the_pair_first():
    first = make_plan("འབྲུག་ཡུལ").stages[0]
    assert [clause.terms[0].words for clause in first.clauses] == [("འབྲུག", "ཡུལ")]


def test_a_word_repeated_a_thousand_times_counts_once():
    assert make_plan("network " * 1250).words == ("network",)


def test_stop_words_stay_when_nothing_else_is_left():
    assert make_plan("how to").words == ("how", "to")
    assert make_plan("how to reboot").words == ("reboot",)


@given(LETTERS, st.integers(0, 13), st.sampled_from(["add", "remove", "change", "swap"]))
def test_one_typo_is_within_one_edit_and_shares_a_key(word, place, kind):
    place %= len(word)
    typo = {
        "add": word[:place] + "z" + word[place:],
        "remove": word[:place] + word[place + 1 :],
        "change": word[:place] + "z" + word[place + 1 :],
        "swap": word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :],
    }[kind]
    assert within_one_edit(word, typo)
    assert typo_keys(word) & typo_keys(typo)


def test_two_typos_are_too_many():
    assert not within_one_edit("network", "netwrok5")
    assert not within_one_edit("switch", "twitsh")
