"""The recording of a talk with its chapters and transcript, and what readers correct in that."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import discussing, listening, rules, transcoding, transcripts, webvtt
from events.bringing import Bringer
from events.models import (
    CUES_ON_A_PAGE,
    Correction,
    Cue,
    Kind,
    Material,
    Resource,
    Talk,
    Tier,
)
from events.recording_forms import ChaptersForm, CorrectionForm, PlaceForm, StartForm
from events.views import crumbs_of_talk, visible_talk
from forums.services import CidReuseError
from live.models import Session
from people.files import private_file

TYPES = {"mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/mp4", "webm": "video/webm",
         "mkv": "video/x-matroska", "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg",
         "opus": "audio/ogg"}  # fmt: skip
SOUNDS = ("mp3", "m4a", "ogg", "opus")
MOST_SECONDS = 10**6
CORRECTIONS_ON_A_PAGE = 50


def _shown(request, talk: Talk, kind: str) -> Material | None:
    resource = talk.resources.visible_to(request.user).filter(kind=kind).first()
    return resource.shown() if resource else None


@require_safe
def recording(request, edition, slug):
    return _page(request, visible_talk(request, edition, slug))


def _page(request, talk, form=None, start=None):
    material, spoken = (_shown(request, talk, kind) for kind in (Kind.RECORDING, Kind.TRANSCRIPT))
    if not (material or spoken):
        raise Http404
    may_change = rules.may_add_slides(request.user, talk)
    tiers = list(material.tiers.exclude(file="")) if material else []
    chosen = _chosen(request, tiers)
    sessions = discussing.sessions_of(talk, request.user)
    second = _second(request.GET.get("t", ""))
    cues = spoken.cues.all() if spoken else Cue.objects.none()
    context = {
        "title": _("Recording: %(talk)s") % {"talk": talk.title},
        "talk": talk,
        "material": material,
        "tiers": tiers,
        "chosen": chosen,
        "is_sound": _is_sound(material, chosen),
        "second": second,
        "go_on_at": listening.place_of(talk, request.user) if material and not second else None,
        "passages": discussing.passages_of(talk, sessions) if material else [],
        "starts": _start_forms(sessions, start) if may_change and material else [],
        "spoken": spoken,
        "rows": Paginator(cues, CUES_ON_A_PAGE).get_page(request.GET.get("page")),
        "may_change": may_change,
        "no_tiers": may_change and not transcoding.is_possible(),
        "waiting": _waiting(spoken).count() if may_change and spoken else 0,
        "form": form or (_chapters_form(talk) if may_change and material else None),
        "crumbs": crumbs_of_talk(talk, _("Recording")),
    }
    status = 422 if form or start else 200
    return render(request, "events/recording.html", context, status=status)


def _start_forms(sessions, refused):
    """For each session that was held: its form, with what was typed where it was refused."""
    rows = []
    for row in sessions:
        if row.session.opened_at is None:
            continue
        mine = refused and refused[0] == row.session.pk
        form = StartForm(initial={"second": row.likely_start}, auto_id=f"start_{row.session.pk}_%s")
        rows.append((row.session, refused[1] if mine else form))
    return rows


def _chosen(request, tiers: list[Tier]) -> Tier | None:
    """The copy that was asked for; for who saves data, the one for thin lines."""
    saves = request.headers.get("Save-Data") == "on" or getattr(request.user, "data_saver", False)
    wanted = request.GET.get("quality") or (Tier.Name.SMALL if saves else "")
    return next((tier for tier in tiers if tier.name == wanted), None)


def _is_sound(material: Material | None, chosen: Tier | None) -> bool:
    if chosen:
        return chosen.name == Tier.Name.AUDIO
    return material is not None and material.ending in SOUNDS


def _second(text: str) -> int:
    said = text.isascii() and text.isdigit() and len(text) < 9
    return min(int(text), MOST_SECONDS) if said else 0


@require_safe
def media(request, pk):
    """The recording itself, in parts."""
    rows = Material.objects.filter(
        resource__in=Resource.objects.visible_to(request.user), resource__kind=Kind.RECORDING
    )
    material = get_object_or_404(rows.select_related("resource__talk"), pk=pk)
    if not rules.may_fetch(request.user, material):
        raise Http404
    content_type = TYPES.get(material.ending, "application/octet-stream")
    return private_file(request, material.file, etag=material.sha256, content_type=content_type)


@require_safe
def tier(request, pk):
    """A smaller copy of it, in parts."""
    visible = Resource.objects.visible_to(request.user)
    rows = Tier.objects.filter(material__resource__in=visible).exclude(file="")
    row = get_object_or_404(rows.select_related("material__resource__talk"), pk=pk)
    if not rules.may_fetch(request.user, row.material):
        raise Http404
    ending = "webm" if row.name == Tier.Name.AUDIO else "mp4"
    etag = f"{row.material.sha256[:32]}-{row.name}"
    content_type = "audio/webm" if row.name == Tier.Name.AUDIO else TYPES[ending]
    return private_file(request, row.file, etag=etag, content_type=content_type)


@require_safe
def transcript(request, edition, slug):
    """The transcript as it reads now: WebVTT for players, or plain text, which is small."""
    talk = visible_talk(request, edition, slug)
    spoken = _shown(request, talk, Kind.TRANSCRIPT)
    if not spoken:
        raise Http404
    cues = [webvtt.Cue(cue.start, cue.end, cue.text) for cue in spoken.cues.all()]
    if request.GET.get("as") == "text":
        text = "\n".join(passage.text for passage in webvtt.passages(cues)) + "\n"
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{talk.slug}.txt"'
    else:
        response = HttpResponse(webvtt.write(cues), content_type="text/vtt; charset=utf-8")
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def chapters(request, edition, slug):
    talk = visible_talk(request, edition, slug)
    Bringer(by=request.user).check(talk)
    form = _chapters_form(talk, request.POST)
    if not form.is_valid():
        return _page(request, talk, form)
    transcripts.set_chapters(talk, form.cleaned_data["chapters"], by=request.user)
    return redirect("events:recording", talk.edition.slug, talk.slug)


@login_required
@require_POST
def keep_place(request, edition, slug):
    """The second at which this person stopped; courses/place.js sends it."""
    talk = visible_talk(request, edition, slug)
    if not _shown(request, talk, Kind.RECORDING):
        raise Http404
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("A place in a recording is a number of seconds."))
    listening.keep_place(talk, second=form.cleaned_data["second"], by=request.user)
    return HttpResponse(status=204)


@login_required
@require_POST
def set_start(request, edition, slug, pk):
    """At which second the recording shows the opening of a live session about the talk."""
    talk = visible_talk(request, edition, slug)
    Bringer(by=request.user).check(talk)
    sessions = Session.objects.visible_to(request.user).filter(about=talk.get_absolute_url())
    session = get_object_or_404(sessions, pk=pk)
    form = StartForm(request.POST, auto_id=f"start_{pk}_%s")
    if not form.is_valid():
        return _page(request, talk, start=(pk, form))
    discussing.set_start(talk, session, second=form.cleaned_data["second"], by=request.user)
    return redirect("events:recording", talk.edition.slug, talk.slug)


def _chapters_form(talk, data=None):
    shown = talk.slides.filter(state=Material.State.READY).first()
    pages = {page.number: page for page in shown.pages.all()} if shown else {}
    lines = (
        f"{row.second // 60}:{row.second % 60:02} {f'#{row.slide}' if row.slide else row.title}"
        for row in talk.chapters.all()
    )
    return ChaptersForm(data, pages=pages, initial={"chapters": "\n".join(lines)})


@login_required
def correct(request, pk):
    """A reader says what is really said in a cue."""
    rows = Cue.objects.filter(material__resource__in=Resource.objects.visible_to(request.user))
    cue = get_object_or_404(rows.select_related("material__resource__talk__edition"), pk=pk)
    form = CorrectionForm(request.POST or None, initial={"text": cue.text})
    if request.method == "POST" and form.is_valid():
        try:
            done = transcripts.correct(cue, by=request.user, **form.cleaned_data)
        except CidReuseError:
            form.add_error("text", _("This form was sent before with another text. Open it anew."))
        else:
            taken = done.state == Correction.State.TAKEN
            said = _("Corrected.") if taken else _("Thank you. A speaker or keeper looks at it.")
            messages.success(request, said)
            return redirect(cue)
    context = {
        "title": _("Correct the transcript"),
        "form": form,
        "cue": cue,
        "crumbs": crumbs_of_talk(cue.material.talk, _("Correct the transcript")),
    }
    return render(request, "events/correct.html", context, status=422 if form.errors else 200)


def _waiting(spoken: Material):
    rows = Correction.objects.filter(cue__material=spoken, state=Correction.State.WAITING)
    return rows.select_related("cue__material__resource__talk__edition", "by")


@login_required
@require_safe
def corrections(request, edition, slug):
    talk = visible_talk(request, edition, slug)
    Bringer(by=request.user).check(talk)
    spoken = _shown(request, talk, Kind.TRANSCRIPT)
    rows = _waiting(spoken) if spoken else Correction.objects.none()
    context = {
        "title": _("Corrections of the transcript"),
        "talk": talk,
        "rows": Paginator(rows, CORRECTIONS_ON_A_PAGE).get_page(request.GET.get("page")),
        "crumbs": crumbs_of_talk(talk, _("Corrections")),
    }
    return render(request, "events/corrections.html", context)


@login_required
@require_POST
def decide(request, pk, taken):
    talks = Talk.objects.visible_to(request.user)
    rows = Correction.objects.filter(cue__material__resource__talk__in=talks)
    row = get_object_or_404(rows.select_related("cue__material__resource__talk__edition"), pk=pk)
    transcripts.decide(row, taken=taken, by=request.user)
    talk = row.cue.material.talk
    return redirect(reverse("events:corrections", args=[talk.edition.slug, talk.slug]))
