"""Writes of enrolment: each change of state is a row with its actor and time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from competencies.queries import held_by
from competencies.standing import State as Standing
from courses import certificates, states
from courses.models import Completion, CoursePage, CourseVersion, Enrolment, EnrolmentEvent
from courses.rules import enrollable_by, may_keep
from notifications.services import notify
from people.audiences import people_in
from people.models import User


def move(enrolment: Enrolment, *, verb: str, actor: User | None, note: str = "") -> None:
    """Make one move of a locked enrolment; IllegalMoveError where the table has none."""
    step = states.move_from(verb, enrolment.state)
    enrolment.state = step.to
    enrolment.save(update_fields=["state"])
    _note(enrolment, verb=verb, actor=actor, note=note)


def _note(enrolment: Enrolment, *, verb: str, actor: User | None, note: str = "") -> None:
    EnrolmentEvent.objects.create(
        enrolment=enrolment, verb=verb, state=enrolment.state, actor=actor, note=note
    )


def missing_for(person: User, course: CoursePage) -> list[str]:
    """What `person` lacks to start `course`, a sentence each; empty if nothing."""
    needed = course.prerequisites.select_related("completed", "competency", "level")
    completed = set(Completion.objects.filter(person=person).values_list("course", flat=True))
    held = held_by(person) if any(row.competency_id for row in needed) else {}
    certified = any(row.certificate for row in needed)
    valid = certificates.held_by(person) if certified else set()
    titles = certificates.titles() if certified else {}
    missing = []
    for row in needed:
        if row.completed_id:
            if row.completed_id not in completed:
                missing.append(_("the course “%(title)s”") % {"title": row.completed.title})
            continue
        if row.certificate:
            if row.certificate not in valid:
                title = titles.get(row.certificate, row.certificate)
                missing.append(_("the valid certificate “%(title)s”") % {"title": title})
            continue
        now = held.get(row.competency_id)
        if now is None or now.state == Standing.LAPSED or now.level < row.level.order:
            missing.append(
                _("%(competency)s at level %(level)s")
                % {"competency": row.competency, "level": row.level}
            )
    return missing


@transaction.atomic
def enrol(course: CoursePage, *, person: User) -> Enrolment:
    """`person` starts `course` in its current version. Safe to repeat.

    Coming back after a withdrawal takes up the old enrolment with its progress.
    PermissionDenied with what is missing, where the course is not for this person, has
    nothing to learn yet, or gives places on request only.
    """
    version = _version_to_start(course)
    _refuse_strangers(course, person)
    enrolment = _locked(course, person, version)
    if enrolment.state in states.RUNNING | {states.State.COMPLETED}:
        return enrolment
    asks = course.joining == CoursePage.Joining.REQUEST
    if asks and enrolment.state != states.State.INVITED:
        raise PermissionDenied(_("Places in this course are given on request."))
    _refuse_unprepared(person, course)
    _start(enrolment, version, verb="start", actor=person)
    return enrolment


@transaction.atomic
def request_place(course: CoursePage, *, person: User) -> Enrolment:
    """Ask for a place; those who keep the course are told. Safe to repeat."""
    version = _version_to_start(course)
    _refuse_strangers(course, person)
    _refuse_unprepared(person, course)
    enrolment = _locked(course, person, version)
    if enrolment.state in {states.NEW, states.State.WITHDRAWN}:
        _begin(enrolment, verb="request", actor=person)
        if course.owner_person:
            notify(
                [course.owner_person],
                event=f"enrolment:{enrolment.pk}:request:{enrolment.events.count()}",
                title=_("%(name)s asks for a place in “%(course)s”")
                % {"name": person.name, "course": course.title},
                reason=_("You own this course."),
                url=course.url,
            )
    return enrolment


def _version_to_start(course: CoursePage) -> CourseVersion:
    version = course.versions.first()
    if version is None:
        raise PermissionDenied(_("This course has no published unit yet."))
    return version


def _refuse_strangers(course: CoursePage, person: User) -> None:
    if not CoursePage.objects.visible_to(person).filter(pk=course.pk).exists():
        raise PermissionDenied(_("This course is for other people."))


def _refuse_unprepared(person: User, course: CoursePage) -> None:
    missing = missing_for(person, course)
    if missing:
        raise PermissionDenied(
            ngettext(
                "Before you can start you need %(what)s.",
                "Before you can start you need: %(what)s.",
                len(missing),
            )
            % {"what": "; ".join(missing)}
        )


def _locked(course: CoursePage, person: User, version: CourseVersion) -> Enrolment:
    """The person's enrolment, or a new one without a state yet; nobody else moves it meanwhile."""
    User.objects.lock(person.pk)
    found = Enrolment.objects.select_for_update().filter(person=person, course=course).first()
    return found or Enrolment(person=person, course=course, version=version, state=states.NEW)


def _begin(enrolment: Enrolment, *, verb: str, actor: User, note: str = "") -> None:
    enrolment.state = states.move_from(verb, enrolment.state).to
    enrolment.save()
    _note(enrolment, verb=verb, actor=actor, note=note)


def _start(enrolment: Enrolment, version: CourseVersion, *, verb: str, actor: User) -> None:
    if enrolment.pk and not enrolment.progress.exists():
        enrolment.version = version  # asked before this version came out, nothing learnt yet
    _begin(enrolment, verb=verb, actor=actor)


def _own_move(enrolment: Enrolment, verb: str, done: set[str]) -> None:
    with transaction.atomic():
        enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        if enrolment.state not in done:
            move(enrolment, verb=verb, actor=enrolment.person)


def withdraw(enrolment: Enrolment) -> None:
    """Leave a course; progress is kept for the day the person comes back. Safe to repeat."""
    _own_move(enrolment, "withdraw", {states.State.WITHDRAWN})


def pause(enrolment: Enrolment) -> None:
    """Stop for a while: nothing reminds of it. Safe to repeat."""
    _own_move(enrolment, "pause", {states.State.PAUSED})


def resume(enrolment: Enrolment) -> None:
    """Go on after a pause. Safe to repeat."""
    _own_move(enrolment, "resume", {states.State.ACTIVE})


@transaction.atomic
def decline(enrolment: Enrolment, *, by: User, note: str) -> None:
    """Refuse a place that was asked for; the person is told why. Safe to repeat."""
    if not may_keep(by, enrolment.course):
        raise PermissionDenied(_("Only those who keep a course give its places."))
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if enrolment.state == states.State.WITHDRAWN:
        return
    move(enrolment, verb="decline", actor=by, note=note)
    notify(
        [enrolment.person],
        event=f"enrolment:{enrolment.pk}:decline:{enrolment.events.count()}",
        title=_("No place in “%(course)s” this time") % {"course": enrolment.course.title},
        reason=note,
        url=enrolment.course.url,
    )


# --- Many at once -----------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What becomes of one person in a bulk enrolment: one row of its report."""

    person: User
    code: str  # enrolled, invited, due, unchanged, refused
    message: str


def enrol_others(
    course: CoursePage,
    people: Iterable[User],
    *,
    by: User,
    invite: bool = False,
    due_on: date | None = None,
    dry_run: bool = False,
) -> list[Outcome]:
    """Bring `people` into `course`, or invite them; one outcome a person. Safe to repeat.

    Nobody is taken whom `by` may not enrol, or whom the course is not for; who lacks a
    prerequisite is refused with what is missing. One transaction; nothing is written with
    `dry_run`.
    """
    chosen = sorted(set(people), key=lambda person: person.employee_id)
    with transaction.atomic():
        version = _version_to_start(course)
        allowed = set(enrollable_by(by, course).values_list("pk", flat=True))
        of_audience = set(people_in(course.audience).values_list("pk", flat=True))
        outcomes = []
        for person in chosen:
            refusal = _refusal(person, course, allowed=allowed, of_audience=of_audience)
            if refusal:
                outcomes.append(Outcome(person, "refused", refusal))
                continue
            outcomes.append(_bring(course, person, version, by=by, invite=invite, due_on=due_on))
        transaction.set_rollback(dry_run)
    return outcomes


def _refusal(person: User, course: CoursePage, *, allowed: set, of_audience: set) -> str:
    if person.pk not in allowed:
        return _("is not of your agency")
    if person.pk not in of_audience:
        return _("is not of this course's audience")
    missing = missing_for(person, course)
    return _("needs %(what)s first") % {"what": "; ".join(missing)} if missing else ""


def _bring(
    course: CoursePage,
    person: User,
    version: CourseVersion,
    *,
    by: User,
    invite: bool,
    due_on: date | None,
) -> Outcome:
    enrolment = _locked(course, person, version)
    verb = "invite" if invite else "enrol"
    code = {"invite": "invited", "enrol": "enrolled"}[verb]
    if enrolment.state not in states.BY_VERB[verb].leaves:
        if due_on and enrolment.due_on != due_on and enrolment.state in states.RUNNING:
            enrolment.due_on = due_on
            enrolment.save(update_fields=["due_on"])
            return Outcome(person, "due", _("is in it already; the due date was set"))
        return Outcome(person, "unchanged", enrolment.get_state_display())
    enrolment.due_on = due_on or enrolment.due_on
    _start(enrolment, version, verb=verb, actor=by)
    notify(
        [person],
        event=f"enrolment:{enrolment.pk}:{verb}:{enrolment.events.count()}",
        title=(
            _("You are invited to the course “%(course)s”")
            if invite
            else _("You are enrolled in the course “%(course)s”")
        )
        % {"course": course.title},
        reason=_("%(name)s chose you for it.") % {"name": by.name},
        url=course.url,
    )
    return Outcome(person, code, "")
