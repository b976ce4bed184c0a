import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from assessments.draws import draw


def test_a_thousand_attempts_meet_every_quota_and_repeat_nothing_before_all_are_seen():
    """By tag, difficulty and competency, with pools that overlap; people with up to 25 attempts."""
    chance = random.Random(11)
    bank = [
        {
            "pk": pk,
            "tag": f"t{chance.randrange(4)}",
            "difficulty": chance.randint(1, 3),
            "competency": f"c{chance.randrange(3)}",
        }
        for pk in range(240)
    ]
    quotas = [("tag", "t0", 5), ("difficulty", 3, 4), ("competency", "c1", 6), ("tag", "t2", 3)]
    pools = [([q["pk"] for q in bank if q[key] == value], count) for key, value, count in quotas]
    reachable = set().union(*(ids for ids, _count in pools))
    simulated = 0
    while simulated < 1000:
        seen: Counter[int] = Counter()
        for _attempt in range(25):
            chosen = draw(pools, seen=seen, seed=chance.getrandbits(62))
            assert len(set(chosen)) == len(chosen) == 18
            place = 0
            for ids, count in pools:
                part = set(chosen[place : place + count])
                assert part <= set(ids)
                if any(seen[pk] for pk in part):  # then nothing unseen was left in this pool
                    assert {pk for pk in ids if not seen[pk]} <= set(chosen)
                place += count
            seen.update(chosen)
            simulated += 1
        assert set(seen) <= reachable


def test_one_pool_is_seen_whole_before_anything_comes_again():
    seen: Counter[int] = Counter()
    for seed in range(20):
        chosen = draw([(range(30), 6)], seen=seen, seed=seed)
        seen.update(chosen)
        assert max(seen.values()) == seed // 5 + 1
        assert max(seen.values()) - min(seen[pk] for pk in range(30)) <= 1


def test_a_question_of_two_pools_makes_room_for_one_that_has_only_this():
    """Filled one pool after the other, the second would stay empty."""
    for seed in range(50):
        assert sorted(draw([([1, 2], 1), ([1], 1)], seen={2: 5}, seed=seed)) == [1, 2]


pool = st.tuples(st.lists(st.integers(0, 7), max_size=6), st.integers(0, 3))


@given(
    st.lists(pool, max_size=3), st.dictionaries(st.integers(0, 7), st.integers(0, 3)), st.integers()
)
def test_as_many_as_can_be_had_none_twice_and_the_least_seen(pools, seen, seed):
    chosen = draw(pools, seen=seen, seed=seed)
    assert len(set(chosen)) == len(chosen)
    most, least_seen = _best(pools, seen)
    assert len(chosen) == most
    assert sum(seen.get(pk, 0) for pk in chosen) == least_seen
    assert draw(pools, seen=seen, seed=seed) == chosen


def _best(pools, seen):
    """The largest set there is, and how often its questions were seen at the least: found the
    slow way, by every way to fill the places one after the other."""
    states = {frozenset()}
    for ids, count in pools:
        for _place in range(count):
            states |= {state | {pk} for state in states for pk in set(ids) - state}
    most = max(map(len, states))
    return most, min(sum(seen.get(pk, 0) for pk in s) for s in states if len(s) == most)
