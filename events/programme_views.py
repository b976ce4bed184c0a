"""A programme by track, by speaker, as one's own choice, and as it was released."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import calendars, picking, rules
from events.models import Edition, Speaker, Talk
from events.programme_forms import SpeakerLinkForm
from people.feeds import ReadersFeed

TALKS_ON_A_PAGE = 100
SPEAKERS_ON_A_PAGE = 200
CHANGES_ON_A_PAGE = 100
ENTRIES = 30


def visible_edition(request, slug) -> Edition:
    return get_object_or_404(Edition.objects.visible_to(request.user), slug=slug)


def crumbs_of(edition: Edition, *more):
    return [
        (_("Conferences"), reverse("events:conferences")),
        (edition.title, edition.get_absolute_url()),
        *more,
    ]


def _list(request, edition, talks, **context):
    """A list of talks under a heading: a track, a speaker, the own programme."""
    page = Paginator(talks, TALKS_ON_A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "edition": edition,
        "zone": edition.zone,
        "rows": page,
        "crumbs": crumbs_of(edition, (context["title"], None)),
    }
    return render(request, "events/talks.html", context)


def _track(request, edition, slug):
    return get_object_or_404(picking.tracks_for(request.user, edition), slug=slug)


@require_safe
def track(request, slug, track):
    edition = visible_edition(request, slug)
    track = _track(request, edition, track)
    talks = picking.talks_for(request.user, edition).filter(track=track)
    calendar = reverse("events:track_calendar", args=[edition.slug, track.slug])
    return _list(request, edition, talks, title=track.name, calendar=calendar)


@require_safe
def track_calendar(request, slug, track):
    edition = visible_edition(request, slug)
    track = _track(request, edition, track)
    talks = picking.talks_for(request.user, edition).filter(track=track)
    return calendars.of_talks(f"{edition.title}: {track.name}", talks)


@require_safe
def talk_calendar(request, edition, slug):
    row = visible_edition(request, edition)
    talks = picking.talks_for(request.user, row)
    talk = get_object_or_404(talks, slug=slug)
    return calendars.of_talks(talk.title, [talk])


@require_safe
def speakers(request, slug):
    edition = visible_edition(request, slug)
    rows = picking.speakers_for(request.user, edition).select_related("edition")
    context = {
        "title": _("Speakers"),
        "edition": edition,
        "rows": Paginator(rows, SPEAKERS_ON_A_PAGE).get_page(request.GET.get("page")),
        "crumbs": crumbs_of(edition, (_("Speakers"), None)),
    }
    return render(request, "events/speakers.html", context)


def _speaker(request, edition, slug) -> Speaker:
    rows = picking.speakers_for(request.user, edition).select_related("person", "edition")
    return get_object_or_404(rows, slug=slug)


@require_safe
def speaker(request, slug, speaker):
    edition = visible_edition(request, slug)
    return _speaker_page(request, edition, _speaker(request, edition, speaker))


def _speaker_page(request, edition, speaker, form=None):
    talks = picking.talks_for(request.user, edition).filter(credits__speaker=speaker).distinct()
    may_link = rules.may_keep(request.user) and not speaker.person
    context = {
        "title": speaker.name,
        "speaker": speaker,
        "edition": edition,
        "zone": edition.zone,
        "rows": Paginator(talks, TALKS_ON_A_PAGE).get_page(request.GET.get("page")),
        "form": form or (SpeakerLinkForm() if may_link else None),
        "crumbs": crumbs_of(
            edition,
            (_("Speakers"), reverse("events:speakers", args=[edition.slug])),
            (speaker.name, None),
        ),
    }
    return render(request, "events/speaker.html", context, status=422 if form else 200)


@login_required
@require_POST
def link_speaker(request, slug, speaker):
    """A guest is somebody of the registry."""
    edition = visible_edition(request, slug)
    row = _speaker(request, edition, speaker)
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the programme says who a speaker is."))
    form = SpeakerLinkForm(request.POST)
    if not form.is_valid():
        return _speaker_page(request, edition, row, form)
    picking.link_speaker(row, form.cleaned_data["person"])
    return redirect(row)


@login_required
@require_safe
def mine(request, slug):
    edition = visible_edition(request, slug)
    talks = picking.picks_of(request.user, edition)
    calendar = reverse("events:my_calendar", args=[edition.slug])
    return _list(
        request,
        edition,
        talks,
        title=_("My programme"),
        calendar=calendar,
        empty=_("Choose talks on their pages with “Into my programme”."),
    )


@login_required
@require_safe
def my_calendar(request, slug):
    edition = visible_edition(request, slug)
    return calendars.of_talks(edition.title, picking.picks_of(request.user, edition))


@login_required
@require_POST
def pick(request, edition, slug, wanted):
    rows = Talk.objects.visible_to(request.user).select_related("edition")
    talk = get_object_or_404(rows, edition__slug=edition, slug=slug)
    picking.set_pick(talk, by=request.user, wanted=wanted)
    return redirect(talk)


# --- Releases ------------------------------------------------------------------------------


@require_safe
def releases(request, slug):
    edition = visible_edition(request, slug)
    rows = edition.releases.select_related("by", "edition").defer("talks")
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "title": _("Versions of the programme"),
        "edition": edition,
        "rows": page,
        "changes": [(row, len(picking.changes_for(request.user, row))) for row in page],
        "crumbs": crumbs_of(edition, (_("Versions"), None)),
    }
    return render(request, "events/releases.html", context)


@require_safe
def release(request, slug, number):
    """What a version of the programme changed."""
    edition = visible_edition(request, slug)
    row = get_object_or_404(edition.releases.defer("talks"), number=number)
    changes = picking.changes_for(request.user, row)
    title = _("Version %(name)s") % {"name": row.name}
    context = {
        "title": title,
        "edition": edition,
        "release": row,
        "number": len(changes),
        "rows": Paginator(changes, CHANGES_ON_A_PAGE).get_page(request.GET.get("page")),
        "names": _names(),
        "crumbs": crumbs_of(
            edition,
            (_("Versions"), reverse("events:releases", args=[edition.slug])),
            (title, None),
        ),
    }
    return render(request, "events/release.html", context)


def _names() -> dict[str, str]:
    return {
        "new": _("new"),
        "gone": _("taken out"),
        "moved": _("moved"),
        "changed": _("changed"),
        "starts": _("begins"),
        "minutes": _("minutes"),
        "room": _("room"),
        "title": _("title"),
        "track": _("track"),
        "speakers": _("speakers"),
    }


class ReleasesFeed(ReadersFeed):
    """Atom feed of what each version of a programme changed."""

    def get_object(self, request, slug):
        return {"reader": request.user, "edition": visible_edition(request, slug)}

    def title(self, chosen):
        return _("Programme of %(edition)s") % {"edition": chosen["edition"].title}

    def link(self, chosen):
        return reverse("events:releases", args=[chosen["edition"].slug])

    def items(self, chosen):
        rows = chosen["edition"].releases.select_related("edition").defer("talks")[:ENTRIES]
        return [(row, picking.changes_for(chosen["reader"], row)) for row in rows]

    def item_link(self, item):
        return item[0].get_absolute_url()

    def item_title(self, item):
        return _("Version %(name)s") % {"name": item[0].name}

    def item_description(self, item):
        names, shown = _names(), item[1][:CHANGES_ON_A_PAGE]
        return "\n".join(f"{names[row['kind']]}: {row['title']}" for row in shown)

    def item_updateddate(self, item):
        return item[0].created
