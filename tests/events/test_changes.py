"""What changed between two releases of a programme."""

from hypothesis import given
from hypothesis import strategies as st

from events.schedule.changes import MOVES, changes_between

places = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["A", "B"]),
        "url": st.just("/talk/"),
        "starts": st.sampled_from(["2027-10-12T09:00:00+06:00", "2027-10-12T10:00:00+06:00"]),
        "minutes": st.sampled_from([25, 45]),
        "room": st.sampled_from(["", "Hall A"]),
        "track": st.sampled_from(["", "Networks"]),
        "speakers": st.sampled_from(["", "Officer T1"]),
    }
)
programmes = st.dictionaries(st.sampled_from(["g1", "g2", "g3", "g4"]), places)


@given(before=programmes, after=programmes)
def test_the_changes_lead_from_one_programme_to_the_other(before, after):
    changes = changes_between(before, after)
    assert len({change["guid"] for change in changes}) == len(changes)
    now = {guid: dict(place) for guid, place in before.items()}
    for change in changes:
        guid = change["guid"]
        if change["kind"] == "gone":
            del now[guid]
        elif change["kind"] == "new":
            now[guid] = dict(after[guid])
        for name, (was, becomes) in change["fields"].items():
            assert str(now[guid][name]) == was
            now[guid][name] = int(becomes) if name == "minutes" else becomes
        assert (change["kind"] == "moved") == bool(set(change["fields"]) & set(MOVES))
    assert now == after
    assert changes_between(after, after) == []
