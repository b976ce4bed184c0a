"""Votes and answers to polls are wishes that their person may change: which one is the newest.

What was sent first may arrive last, over another line or after a long wait. A browser numbers
its wishes (`device`, `n`), and a lower number of the same device changes nothing any more.
Two devices of one person are ordered by arrival. A wish without a number counts as a device of
its own, named by its cid, so that its repeat is known even behind a newer wish.
"""

from datetime import datetime
from typing import Any

from django.db.models import Model

from live.commands import Wish

Heard = list[list]  # [device, highest number of it], the latest last
KEPT = 16


def heard_with(heard: Heard, wish: Wish) -> Heard | None:
    """`heard` with this wish in it; None when the wish is not newer than what was heard."""
    device, number = (wish.device, wish.n) if wish.device else (str(wish.cid), 1)
    known = dict(heard)
    if known.pop(device, 0) >= number:
        return None
    known[device] = number
    return [list(pair) for pair in known.items()][-KEPT:]


def write(kind: type[Model], wish: Wish, at: datetime, *, of: dict[str, Any], **says: Any) -> bool:
    """Write the one row that is `of` this person and thing, unless it says something newer.

    The caller holds the lock of the thing. Whether it was written.
    """
    earlier = kind._default_manager.filter(**of).values_list("heard", flat=True).first()
    heard = heard_with(earlier or [], wish)
    if heard is None:
        return False
    fields = {**says, "cid": wish.cid, "heard": heard, "updated_at": at}
    kind._default_manager.bulk_create(
        [kind(**of, **fields)],
        update_conflicts=True,
        unique_fields=[*of],
        update_fields=[*fields],
    )
    return True
