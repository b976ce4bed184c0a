"""Snapshots as text. What everybody sees is encoded once for each number and audience.

When hundreds come back at once, each thread and socket of this process takes the same text;
only a person's own votes and questions are added to it.
"""

import threading
from collections import OrderedDict

from live.fold import State, Viewer, own, snapshot
from live.fold_parts import mine
from live.marks import mark
from live.protocol import encode

Chosen = dict[int, list[int]]  # what somebody answered in which poll
KEPT = 32  # two audiences of sixteen sessions
_kept: OrderedDict[tuple[str, bool], tuple[int, str]] = OrderedDict()
_lock = threading.Lock()
_built = 0


def built() -> int:
    """How many shared parts this process has encoded so far."""
    return _built


def shared(epoch: str, state: State, is_host: bool) -> str:
    global _built
    with _lock:  # who comes second waits, and does not build it again
        kept = _kept.get((epoch, is_host))
        if kept is None or kept[0] != state.seq:
            _built += 1
            kept = (state.seq, encode(snapshot(state, Viewer(is_host))))
            _kept[epoch, is_host] = kept
        _kept.move_to_end((epoch, is_host))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return kept[1]


def frame(epoch: str, state: State, viewer: Viewer, voted: set[int], chosen: Chosen) -> str:
    """The whole frame `snapshot` for one viewer."""
    own_parts = {"polls": chosen, "hand": mine(state.hands, viewer.person)}
    own_part = encode({"voted": sorted(voted), "questions": own(state, viewer), **own_parts})
    head = encode({"epoch": epoch, "seq": state.seq, "mark": mark(epoch, state.seq, state.at)})
    text = shared(epoch, state, viewer.is_host)
    return f'{{"t":"snapshot",{head[1:-1]},"state":{text},"me":{own_part}}}'
