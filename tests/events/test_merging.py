"""Two people edit one text at once, in any order: no word is lost."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from events.merging import hunks, merge, plain, still_open

INTERLEAVINGS = int(os.environ.get("MERGE_EXAMPLES", "200"))
lines = st.lists(st.sampled_from(["a", "b", "c", "", "d e", "d f"]), max_size=8)
texts = lines.map("\n".join).map(plain)


@settings(max_examples=100, deadline=None)
@given(base=texts, theirs=texts, mine=texts)
def test_the_hunks_are_the_three_texts(base, theirs, mine):
    cut = list(hunks(base.split(), theirs.split(), mine.split()))
    for place, text in enumerate((base, theirs, mine)):
        assert [word for hunk in cut for word in hunk[place]] == text.split()


@settings(max_examples=100, deadline=None)
@given(base=texts, changed=texts)
def test_what_one_changed_is_taken_as_it_is(base, changed):
    assert merge(base, changed, base).text == changed
    assert merge(base, base, changed).text == changed
    assert merge(base, changed, changed) == merge(changed, changed, changed)


def test_changes_in_different_words_of_one_line_both_stand():
    base = "The line was down for two days in May."
    merged = merge(base, base.replace("two", "three"), base.replace("May", "June"))
    assert (merged.text, merged.conflicts) == ("The line was down for three days in June.", [])


def test_the_same_words_changed_twice_are_kept_in_both_versions_and_named():
    merged = merge("Agreed: spare sets.\nEnd", "Agreed: two sets.\nEnd", "Agreed: six sets.\nEnd")
    assert merged.text == "Agreed: two sets.\nAgreed: six sets.\nEnd"
    (conflict,) = merged.conflicts
    assert (conflict.theirs, conflict.mine) == ("Agreed: two sets.\n", "Agreed: six sets.\n")
    assert still_open(merged.conflicts, merged.text + "\n") == merged.conflicts
    assert still_open(merged.conflicts, "Agreed: six sets.\nEnd\n") == []


def test_lines_that_both_added_at_one_place_both_stand_without_a_conflict():
    merged = merge("Notes", "Notes\nA came.", "Notes\nB went.")
    assert (merged.text, merged.conflicts) == ("Notes\nA came.\nB went.", [])


def test_a_very_long_text_is_merged_by_its_edges():
    base = "\n".join(f"line {number}" for number in range(3000))
    merged = merge(base, f"first\n{base}", f"{base}\nlast")
    assert merged.text == f"first\n{base}\nlast"


class Editor:
    """Somebody with the minutes open in a form: what they began with, and what stands there now."""

    def __init__(self, name: str):
        self.name, self.base, self.text, self.count = name, "", "", 0
        self.kept: set[str] = set()  # own words that this editor has not taken out again

    def write(self, place: int, line: bool) -> None:
        self.count += 1
        word = f"{self.name}{self.count}x"
        parts = self.text.split("\n") if line else self.text.split(" ")
        parts.insert(place % (len(parts) + 1), word)
        self.text = ("\n" if line else " ").join(parts)
        self.kept.add(word)

    def remove(self, place: int, everybody: "list[Editor]") -> None:
        """Take a word out that stands in the own form: whoever wrote it, it was seen."""
        words = self.text.split()
        if not words:
            return
        gone = words[place % len(words)]
        self.text = self.text.replace(gone, "", 1)
        for editor in everybody:
            editor.kept.discard(gone)


# Each step: who, what, where. "open" loads the minutes, "save" merges them.
steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from(["word", "word", "line", "line", "remove", "save", "save", "open"]),
        st.integers(0, 30),
    ),
    min_size=10,
    max_size=40,
)


@settings(max_examples=INTERLEAVINGS, deadline=None)
@given(steps=steps, remove=st.booleans())
def test_no_word_is_lost_whatever_the_order_of_two_editors(steps, remove):
    editors, saved = [Editor("a"), Editor("b")], "Agenda item one\nAgenda item two"
    for editor in editors:
        editor.base = editor.text = saved
    for who, what, place in [*steps, (0, "save", 0), (1, "save", 0)]:
        editor = editors[who]
        if what in ("word", "line"):
            editor.write(place, what == "line")
        elif what == "remove" and remove:
            editor.remove(place, editors)
        elif what == "save" or (what == "open" and editor.text == editor.base):
            saved = merge(editor.base, saved, editor.text).text
            editor.base = editor.text = saved
    words = set(saved.split())
    assert [word for editor in editors for word in editor.kept if word not in words] == []
