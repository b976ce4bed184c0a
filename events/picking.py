"""What one reader sees of a programme: their talks, tracks, speakers, releases and own picks."""

from collections import Counter
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from events.models import Edition, Kind, Material, Pick, Release, Resource, Speaker, Talk, Track
from people.models import User


def talks_for(person, edition: Edition) -> QuerySet[Talk]:
    """The talks of the programme that this reader may know of, in their order."""
    slides = Resource.objects.visible_to(person).filter(kind=Kind.SLIDES, talk=OuterRef("pk"))
    ready = slides.filter(versions__state=Material.State.READY)
    talks = Talk.objects.visible_to(person).on().filter(edition=edition)
    talks = talks.select_related("edition", "track").annotate(has_slides=Exists(ready))
    return talks.order_by("starts", "pk")


def days_for(person, edition: Edition) -> list[tuple[date, int]]:
    """Each day with its number of talks, in the programme's own time zone."""
    return count_by_day(Talk.objects.visible_to(person).on().filter(edition=edition), edition)


def count_by_day(talks: QuerySet[Talk], edition: Edition) -> list[tuple[date, int]]:
    moments = talks.order_by().values_list("starts", flat=True)
    return sorted(Counter(moment.astimezone(edition.zone).date() for moment in moments).items())


def choose_day(
    talks: QuerySet[Talk], edition: Edition, days: list[tuple[date, int]], said: str | None
) -> tuple[date | None, QuerySet[Talk]]:
    """The one of `days` that was said as 2027-10-13, and its talks; all where none was said."""
    chosen = next((day for day, _number in days if day.isoformat() == said), None)
    if chosen is None:
        return None, talks
    begin = datetime.combine(chosen, time(), tzinfo=edition.zone)
    return chosen, talks.filter(starts__gte=begin, starts__lt=begin + timedelta(days=1))


def tracks_for(person, edition: Edition) -> QuerySet[Track]:
    """Tracks of talks that this reader may know of, with how many stand in the programme."""
    visible = Talk.objects.visible_to(person).filter(edition=edition)
    on = Count("talks", filter=Q(talks__in=visible.on()))
    rows = edition.tracks.filter(Exists(visible.filter(track=OuterRef("pk"))))
    return rows.annotate(talk_count=on).order_by("position", "pk")


def speakers_for(person, edition: Edition) -> QuerySet[Speaker]:
    """Speakers of talks that this reader may know of, by name, with how many they give."""
    visible = Talk.objects.visible_to(person).filter(edition=edition)
    on = Count("credits__talk", filter=Q(credits__talk__in=visible.on()), distinct=True)
    rows = edition.speakers.filter(Exists(visible.filter(credits__speaker=OuterRef("pk"))))
    return rows.annotate(talk_count=on).order_by("name", "pk")


def changes_for(person, release: Release) -> list[dict]:
    """What the release changed, without talks that this reader may not know of."""
    talks = Talk.objects.visible_to(person).filter(edition=release.edition_id)
    known = {str(guid) for guid in talks.values_list("guid", flat=True)}
    return [change for change in release.changes if change["guid"] in known]


@transaction.atomic
def set_pick(talk: Talk, *, by: User, wanted: bool) -> None:
    """Put a talk into the own programme or out of it: a set value, repeating changes nothing."""
    if wanted:
        Pick.objects.get_or_create(person=by, talk=talk)
    else:
        Pick.objects.filter(person=by, talk=talk).delete()


def is_picked(person, talk: Talk) -> bool:
    return person.is_authenticated and Pick.objects.filter(person=person, talk=talk).exists()


def picks_of(person, edition: Edition) -> QuerySet[Talk]:
    return talks_for(person, edition).filter(picks__person=person)


@transaction.atomic
def link_speaker(speaker: Speaker, person: User) -> None:
    """A guest is somebody of the registry: they become speakers of the talks they are named in."""
    speaker = Speaker.objects.select_for_update().get(pk=speaker.pk)
    speaker.person = person
    speaker.save(update_fields=["person"])
    for talk in Talk.objects.filter(credits__speaker=speaker).distinct():
        talk.speakers.add(person)
