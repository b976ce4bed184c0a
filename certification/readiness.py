"""Whether a centre can deliver what it offers: a pure rule over postings and certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

LAPSING = timedelta(days=90)


class State(StrEnum):
    READY = "ready"
    LAPSING = "lapsing"
    NOT_READY = "not_ready"


@dataclass(frozen=True)
class Service:
    """What a centre offers and the scheme that its operator must hold for it, if any."""

    name: str
    scheme: str | None = None
    scheme_title: str = ""


@dataclass(frozen=True)
class Certificate:
    """The best that somebody holds of a scheme."""

    until: date | None
    grace_days: int = 0
    suspended: bool = False
    revoked_on: date | None = None

    @property
    def counts_until(self) -> date | None:
        """The last day on which the operator may still serve: the grace after the end counts."""
        return self.until + timedelta(days=self.grace_days) if self.until else None


@dataclass(frozen=True)
class Reason:
    service: str
    state: State
    text: str
    on: date | None = None


@dataclass(frozen=True)
class Readiness:
    state: State
    reasons: tuple[Reason, ...] = ()  # what is wrong or will be, the worst and soonest first
    changes_on: date | None = None  # the first day on which this gets worse by itself

    @property
    def summary(self) -> list[tuple[str, str, date | None]]:
        """Services, text and day, one for all services that lack the same."""
        found: dict[tuple[str, date | None], list[str]] = {}
        for reason in self.reasons:
            found.setdefault((reason.text, reason.on), []).append(reason.service)
        return [(", ".join(filter(None, names)), *what) for what, names in found.items()]


def readiness(
    services: Sequence[Service],
    held: Mapping[str, Certificate] | None,
    *,
    day: date,
    posting_ends: date | None = None,
) -> Readiness:
    """The state of a centre on `day`: that of its worst service.

    `held` is what the operator holds by scheme; None where there is no operator. A service
    without a scheme asks for an operator only. A posting that ends within 90 days makes the
    centre lapsing, as a certificate does.
    """
    if held is None:
        return Readiness(State.NOT_READY, (Reason("", State.NOT_READY, _("No operator")),))
    reasons = [
        reason for service in services if (reason := _reason(service, held, day)) is not None
    ]
    if posting_ends and posting_ends - day <= LAPSING:
        text = _("The operator’s posting ends")
        reasons.append(Reason("", State.LAPSING, text, posting_ends))
    reasons.sort(key=lambda one: (one.state != State.NOT_READY, one.on or date.min, one.service))
    states = {one.state for one in reasons}
    state = next((one for one in (State.NOT_READY, State.LAPSING) if one in states), State.READY)
    return Readiness(state, tuple(reasons), _changes_on(services, held, day, posting_ends))


def _reason(service: Service, held: Mapping[str, Certificate], day: date) -> Reason | None:
    if service.scheme is None:
        return None
    found = held.get(service.scheme)
    if found is None:
        return Reason(service.name, State.NOT_READY, _("No certificate"))
    if found.revoked_on:
        text = _("The certificate was revoked")
        return Reason(service.name, State.NOT_READY, text, found.revoked_on)
    if found.suspended:
        return Reason(service.name, State.NOT_READY, _("The certificate is suspended"))
    if found.until is None or found.until - day > LAPSING:
        return None
    if found.until >= day:
        return Reason(service.name, State.LAPSING, _("The certificate ends"), found.until)
    if found.counts_until and found.counts_until >= day:
        text = _("The certificate has ended; its grace lasts until")
        return Reason(service.name, State.LAPSING, text, found.counts_until)
    return Reason(service.name, State.NOT_READY, _("The certificate has ended"), found.until)


def _changes_on(
    services: Sequence[Service],
    held: Mapping[str, Certificate],
    day: date,
    posting_ends: date | None,
) -> date | None:
    needed = [held[one.scheme] for one in services if one.scheme and one.scheme in held]
    ends = [one.counts_until for one in needed if one.counts_until and one.counts_until >= day]
    if posting_ends and posting_ends >= day:
        ends.append(posting_ends)
    return min(ends) + timedelta(days=1) if ends else None
