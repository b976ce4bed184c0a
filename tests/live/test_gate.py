"""How fast somebody may send, as a rule: without a socket."""

import pytest

from live.gate import FRAMES_A_SECOND, Pace


def loses_patience(a_second: float, seconds: int) -> bool:
    """Whether a line that sends evenly is closed within so long."""
    pace = Pace()
    for _frame in range(int(a_second * seconds)):
        pace.at -= 1 / a_second  # so long ago was the frame before
        pace.admits()
        if pace.lost_patience:
            return True
    return False


@pytest.mark.parametrize("times", [2.5, 5, 50, 500])
def test_a_flood_of_any_speed_ends_its_line(times):
    assert loses_patience(times * FRAMES_A_SECOND, 100)


@pytest.mark.parametrize("times", [0.5, 1, 1.5])
def test_who_is_a_little_too_fast_is_slowed_down_and_stays(times):
    assert not loses_patience(times * FRAMES_A_SECOND, 100)
