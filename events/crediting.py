"""Who speaks: people of the registry and guests become speakers, and credits of their talks."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from events.models import Credit, Edition, Speaker, Talk
from events.schedule.clashes import key_of
from events.schedule.values import Marked
from people.models import User
from people.slugs import free_slug

LONGEST_NAMES = 300  # Talk.speaker_names


def printed(names: Iterable[str]) -> str:
    """The names as a programme prints them; what has no room on the line becomes an ellipsis."""
    text = ", ".join(names)
    return text if len(text) <= LONGEST_NAMES else f"{text[: LONGEST_NAMES - 1]}…"


def marked(person: User) -> Marked:
    """A person of the registry, as a schedule names them: their code is the employee ID."""
    return Marked(person.name, {"id": str(person.pk), "code": person.employee_id})


@transaction.atomic
def credit_all(edition: Edition, spoken: Sequence[tuple[Talk, Sequence[Marked]]]) -> None:
    """Make the credits of these saved talks equal to `spoken`, in a bounded number of queries.

    A person is known to the registry where the code is an employee ID, or where a keeper has
    linked the guest; these become `Talk.speakers`, who may hand in slides.
    """
    speakers = _speakers(edition, [person for _talk, people in spoken for person in people])
    talks = [talk.pk for talk, _people in spoken]
    Credit.objects.filter(talk__in=talks).delete()
    through = Talk.speakers.through
    through.objects.filter(talk__in=talks).delete()
    credits, links = [], {}
    for talk, people in spoken:
        for position, person in enumerate(people):
            speaker = speakers[key_of(person)]
            credits.append(
                Credit(
                    talk=talk,
                    speaker=speaker,
                    position=position,
                    name=person.text,
                    marks=person.marks,
                )
            )
            if speaker.person_id:
                links[talk.pk, speaker.person_id] = through(
                    talk_id=talk.pk, user_id=speaker.person_id
                )
    Credit.objects.bulk_create(credits, batch_size=500)
    through.objects.bulk_create(links.values(), batch_size=500)


def _speakers(edition: Edition, people: Iterable[Marked]) -> dict[str, Speaker]:
    """key -> speaker, made where they are new."""
    known = {speaker.key: speaker for speaker in edition.speakers.all()}
    wanted = {key_of(person): person for person in people}
    codes = {person.marks.get("code", "") for person in wanted.values()} - {""}
    registry = {person.employee_id: person for person in User.objects.filter(employee_id__in=codes)}
    slugs = {speaker.slug for speaker in known.values()}
    new = []
    for key, person in wanted.items():
        if key in known:
            continue
        slug = free_slug(person.text, "speaker", slugs, longest=90)
        slugs.add(slug)
        new.append(
            Speaker(
                edition=edition,
                key=key,
                name=person.text[:200],
                slug=slug,
                person=registry.get(person.marks.get("code", "")),
            )
        )
    Speaker.objects.bulk_create(new, batch_size=500)
    return known | {speaker.key: speaker for speaker in new}
