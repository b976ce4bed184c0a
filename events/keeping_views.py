"""Pages for who keeps a programme: the edition, its schedule files, its releases, its talks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import picking, programme, reminding, rules
from events.access_forms import ParticipantsForm
from events.models import Kind, Resource, Talk
from events.programme_forms import EditionForm, ReleaseForm, ScheduleFileForm, TalkForm
from events.programme_views import crumbs_of, visible_edition
from events.schedule import services
from events.schedule.reading import UnreadableError
from people.models import User
from people.registry.judging import OUTCOMES

PAGE_SIZE = 20
ROWS_ON_A_PAGE = 100


def kept_edition(request, slug):
    edition = visible_edition(request, slug)
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the programme can do this."))
    return edition


def _form_page(request, form, title, button, crumbs, back):
    context = {"title": title, "form": form, "button": button, "back": back, "crumbs": crumbs}
    status = 422 if form.errors else 200
    return render(request, "events/meeting_form.html", context, status=status)


@login_required
def new_edition(request):
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the programme can do this."))
    form = EditionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(programme.new_edition(by=request.user, **form.cleaned_data))
    back = reverse("events:conferences")
    crumbs = [(_("Conferences"), back), (_("New conference"), None)]
    return _form_page(request, form, _("New conference"), _("Save"), crumbs, back)


@login_required
def edit_edition(request, slug):
    edition = kept_edition(request, slug)
    initial = {name: getattr(edition, name) for name in programme.EDITION_FIELDS}
    initial["audience"] = edition.audience.key
    form = EditionForm(request.POST or None, initial=initial, kept_audience=edition.audience)
    if request.method == "POST" and form.is_valid():
        return redirect(programme.change_edition(edition, by=request.user, **form.cleaned_data))
    title = _("About the conference")
    crumbs = crumbs_of(edition, (title, None))
    return _form_page(request, form, title, _("Save"), crumbs, edition.get_absolute_url())


@login_required
def participants(request, slug):
    edition = kept_edition(request, slug)
    known = edition.participants.order_by("employee_id").values_list("employee_id", flat=True)
    form = ParticipantsForm(request.POST or None, initial={"people": "\n".join(known)})
    if request.method == "POST" and form.is_valid():
        edition.participants.set(form.cleaned_data["people"])
        return redirect(edition)
    title = _("Participants")
    crumbs = crumbs_of(edition, (title, None))
    return _form_page(request, form, title, _("Save"), crumbs, edition.get_absolute_url())


@login_required
@require_safe
def without_slides(request, slug):
    """Talks whose slides nobody has handed in, and who was asked for them when."""
    edition = kept_edition(request, slug)
    missing = Talk.objects.visible_to(request.user).without_slides().filter(edition=edition)
    days = picking.count_by_day(missing, edition)
    chosen, talks = picking.choose_day(missing, edition, days, request.GET.get("day"))
    brought = Resource.objects.filter(kind=Kind.SLIDES, talk=OuterRef("pk"))
    talks = talks.annotate(was_refused=Exists(brought)).order_by("starts", "pk")
    talks = talks.prefetch_related("reminders__person", "slides_requests__by", "credits__speaker")
    talks = talks.prefetch_related(Prefetch("speakers", User.objects.filter(is_active=True)))
    context = {
        "title": _("Talks without slides"),
        "edition": edition,
        "zone": edition.zone,
        "days": days,
        "chosen": chosen,
        "rows": Paginator(talks, ROWS_ON_A_PAGE).get_page(request.GET.get("page")),
        "crumbs": crumbs_of(edition, (_("Talks without slides"), None)),
    }
    return render(request, "events/without_slides.html", context)


@login_required
@require_POST
def ask_for_slides(request, edition, slug):
    """Ask the speakers of a talk for its slides now; once a day."""
    row = kept_edition(request, edition)
    talk = get_object_or_404(Talk.objects.visible_to(request.user), edition=row, slug=slug)
    try:
        asked = reminding.ask_now(talk, by=request.user)
    except reminding.NobodyToAskError:
        messages.error(
            request, _("Nobody was asked: the slides are there, or only guests give the talk.")
        )
    else:
        messages.success(request, _("Asked: %(names)s") % {"names": ", ".join(asked.told)})
    listing = reverse("events:without_slides", args=[row.slug])
    return redirect(f"{listing}#talk-{talk.pk}")


@login_required
def edit_talk(request, edition, slug):
    row = kept_edition(request, edition)
    talks = Talk.objects.visible_to(request.user).select_related("edition")
    talk = get_object_or_404(talks, edition=row, slug=slug)
    initial = {name: getattr(talk, name) for name in programme.TALK_FIELDS}
    with timezone.override(row.zone):
        initial["starts"] = timezone.localtime(talk.starts)
        form = TalkForm(request.POST or None, initial=initial, talk=talk)
        if request.method == "POST" and form.is_valid():
            for clash in programme.change_talk(talk, by=request.user, **form.cleaned_data):
                messages.warning(request, clash)
            return redirect(talk)
        title = _("Change the talk")
        crumbs = crumbs_of(row, (talk.title, talk.get_absolute_url()), (title, None))
        return _form_page(request, form, title, _("Save"), crumbs, talk.get_absolute_url())


# --- Schedule files ------------------------------------------------------------------------


@login_required
def schedule_imports(request, slug):
    edition = kept_edition(request, slug)
    form = ScheduleFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            return redirect(services.propose(file.read(), edition, name=file.name, by=request.user))
        except UnreadableError as error:
            form.add_error("file", str(error))
    rows = edition.imports.select_related("brought_by", "edition").defer("content", "rows")
    context = {
        "title": _("Schedule files"),
        "edition": edition,
        "form": form,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "release_form": ReleaseForm(auto_id="release_%s"),
        "crumbs": crumbs_of(edition, (_("Schedule files"), None)),
    }
    status = 422 if form.errors else 200
    return render(request, "events/schedule_imports.html", context, status=status)


@login_required
@require_safe
def schedule_import(request, slug, pk):
    edition = kept_edition(request, slug)
    report = get_object_or_404(edition.imports.defer("content"), pk=pk)
    outcome = request.GET.get("outcome", "")
    found = [row for row in report.rows if not outcome or row["outcome"] == outcome]
    context = {
        "title": report.name,
        "edition": edition,
        "report": report,
        "outcome": outcome,
        "counts": [(name, report.counts.get(name, 0)) for name in OUTCOMES],
        "rows": Paginator(found, ROWS_ON_A_PAGE).get_page(request.GET.get("page")),
        "crumbs": crumbs_of(
            edition,
            (_("Schedule files"), reverse("events:schedule_imports", args=[edition.slug])),
            (report.name, None),
        ),
    }
    return render(request, "events/schedule_import.html", context)


@login_required
@require_safe
def brought_file(request, slug, pk):
    """A schedule file as it was brought: whatever was left out of the programme is in it."""
    edition = kept_edition(request, slug)
    kept = get_object_or_404(edition.imports, pk=pk)
    response = HttpResponse(bytes(kept.content), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{edition.slug}-{kept.pk}.xml"'
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def confirm_schedule(request, slug, pk):
    edition = kept_edition(request, slug)
    applied = services.confirm(get_object_or_404(edition.imports, pk=pk), by=request.user)
    messages.success(request, _("Applied. Every talk is reported below."))
    return redirect(applied)


@login_required
@require_safe
def schedule_file(request, slug):
    """The programme as schedule.xml."""
    edition = kept_edition(request, slug)
    response = HttpResponse(services.export(edition), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{edition.slug}.xml"'
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def make_release(request, slug):
    edition = kept_edition(request, slug)
    form = ReleaseForm(request.POST, auto_id="release_%s")
    if not form.is_valid():
        title = _("Release the programme")
        crumbs = crumbs_of(edition, (title, None))
        back = edition.get_absolute_url()
        return _form_page(request, form, title, _("Release"), crumbs, back)
    return redirect(services.release(edition, by=request.user, **form.cleaned_data))
