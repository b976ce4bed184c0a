import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.rules import may_care, may_edit
from events import calendars, discussing, handing_in, picking, reviewing, rules, services, units
from events.discussion_forms import DiscussionForm
from events.forms import MakeUnitForm
from events.models import SLIDES_ON_A_PAGE, Edition, Kind, Material, Meeting, Resource, Talk
from events.waiting import keeps_typed, sent_before, settled, waited, writer_token
from forums.rules import serves
from forums.services import CidReuseError

PAGE_SIZE = 20
TALKS_ON_A_PAGE = 100


@require_safe
def conferences(request):
    editions = Edition.objects.visible_to(request.user)
    visible = Talk.objects.visible_to(request.user)
    editions = editions.annotate(talk_count=Count("talks", filter=Q(talks__in=visible.on())))
    editions = editions.order_by("-starts", "-pk")  # a count drops the order of the model
    context = {
        "title": _("Conferences"),
        "keeps": rules.may_keep(request.user),
        "has_meetings": Meeting.objects.visible_to(request.user).exists(),
        "rows": Paginator(editions, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "events/conferences.html", context)


def _edition(request, slug) -> Edition:
    return get_object_or_404(Edition.objects.visible_to(request.user), slug=slug)


@require_safe
def edition(request, slug):
    edition = _edition(request, slug)
    talks = picking.talks_for(request.user, edition)
    days = picking.days_for(request.user, edition)
    chosen, talks = picking.choose_day(talks, edition, days, request.GET.get("day"))
    context = {
        "title": edition.title,
        "edition": edition,
        "zone": edition.zone,
        "days": days if len(days) > 1 else [],
        "chosen": chosen,
        "tracks": picking.tracks_for(request.user, edition),
        "keeps": rules.may_keep(request.user),
        "may_review": rules.may_review(request.user, edition),
        "rows": Paginator(talks, TALKS_ON_A_PAGE).get_page(request.GET.get("page")),
        "has_materials": Resource.objects.open().filter(talk__in=talks.values("pk")).exists(),
        "crumbs": [(_("Conferences"), reverse("events:conferences")), (edition.title, None)],
    }
    return render(request, "events/edition.html", context)


@require_safe
def edition_calendar(request, slug):
    edition = _edition(request, slug)
    return calendars.of_talks(edition.title, picking.talks_for(request.user, edition))


def visible_talk(request, edition, slug) -> Talk:
    rows = Talk.objects.visible_to(request.user).select_related("edition", "pool", "track")
    return get_object_or_404(rows, edition__slug=edition, slug=slug)


def crumbs_of_talk(talk, last=None):
    crumbs = [
        (_("Conferences"), reverse("events:conferences")),
        (talk.edition.title, talk.edition.get_absolute_url()),
        (talk.title, talk.get_absolute_url() if last else None),
    ]
    return [*crumbs, (last, None)] if last else crumbs


@require_safe
def talk(request, edition, slug):
    return _talk_page(request, visible_talk(request, edition, slug))


def _talk_page(request, talk, form=None, discussion_form=None):
    shown = talk.shown_material(request.user)
    files = handing_in.shown_files(talk, request.user)
    may_add = rules.may_add_slides(request.user, talk)
    pages = shown.pages.select_related("material__resource__talk__edition") if shown else []
    context = {
        "title": talk.title,
        "talk": talk,
        "zone": talk.edition.zone,
        "credits": talk.credits.select_related("speaker__person"),
        "speakers": talk.speakers.all(),
        "keeps": rules.may_keep(request.user),
        "picked": picking.is_picked(request.user, talk),
        "may_plan": talk.pool is not None and serves(request.user, talk.pool),
        "competencies": talk.competencies.all(),
        "material": shown,
        "why_obsolete": reviewing.why_obsolete(shown.resource) if shown else "",
        "files": files,
        "rows": Paginator(pages, SLIDES_ON_A_PAGE).get_page(request.GET.get("page")),
        "has_recording": talk.resources.visible_to(request.user)
        .filter(kind__in=(Kind.RECORDING, Kind.TRANSCRIPT), versions__state=Material.State.READY)
        .exists(),
        "may_add": may_add,
        "several_files": bool(shown) + len(files) > 1,
        "newest": talk.slides.first() if may_add else None,
        "may_confirm": rules.may_keep(request.user)
        and talk.held_at is None
        and talk.cancelled_at is None
        and talk.starts <= timezone.now(),
        "units": units.units_of(talk, request.user),
        "unit_form": form or (MakeUnitForm() if may_care(request.user) else None),
        "edits": may_edit(request.user),
        **_discussed(request, talk, discussion_form),
        "crumbs": crumbs_of_talk(talk),
    }
    status = 422 if form or discussion_form else 200
    return render(request, "events/talk.html", context, status=status)


def _discussed(request, talk, form):
    """Live sessions about the talk with what was asked, and its topic or the form for one."""
    topic = discussing.topic_of(talk, request.user)
    begins = not topic and discussing.may_discuss(request.user, talk)
    writer = writer_token(request.user) if begins else ""
    return {
        "sessions": discussing.sessions_of(talk, request.user),
        "topic": topic,
        "discussion_form": form or (_discussion_form(request) if begins else None),
        "writer": writer,
    }


def _discussion_form(request, data=None):
    return DiscussionForm(data, initial={"cid": uuid.uuid4()} | waited(request))


@keeps_typed
def discuss(request, edition, slug):
    """Begin the discussion of a talk in its pool; others who were first are answered there."""
    talk = visible_talk(request, edition, slug)
    if request.method != "POST":  # back from the sign-in, with what was typed
        return _talk_page(request, talk)
    form = _discussion_form(request, request.POST)
    if form.is_valid():
        try:
            topic = discussing.discuss(talk, by=request.user, **form.cleaned_data)
        except CidReuseError:
            form.add_error("body", sent_before())
        else:
            settled(request)
            return redirect(topic)
    return _talk_page(request, talk, discussion_form=form)


@login_required
@require_POST
def make_unit(request, edition, slug):
    """The talk becomes a unit of the chosen course; a second time it leads to the same one."""
    talk = visible_talk(request, edition, slug)
    form = MakeUnitForm(request.POST)
    if not may_care(request.user):
        raise PermissionDenied(_("Authors, registrars and administrators make a unit of a talk."))
    if not form.is_valid():
        return _talk_page(request, talk, form)
    unit = units.make_unit(talk, into=form.cleaned_data["into"], by=request.user)
    messages.success(
        request,
        _("“%(unit)s” is a unit of “%(course)s”. Readers see it once it is published.")
        % {"unit": unit.title, "course": unit.course.title},
    )
    return redirect(talk)


@login_required
@require_POST
def held(request, edition, slug):
    talk = visible_talk(request, edition, slug)
    try:
        services.mark_held(talk, by=request.user)
        messages.success(request, _("Confirmed. The talk is evidence for its speakers now."))
    except services.TooEarlyError:
        messages.error(request, _("The talk has not begun yet. Confirm it when it was given."))
    return redirect(talk)
