"""Pages of a meeting for those who keep it: agenda, papers, attendance, minutes and their past."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import meeting_views, meetings, minutes, rules, services
from events.meeting_forms import (
    ActionForm,
    AttendanceForm,
    DecisionForm,
    MeetingForm,
    MinutesForm,
    PaperForm,
    WriterForm,
)
from events.merging import Conflict
from events.models import Meeting, Paper
from events.waiting import keeps_typed, sent_before, settled, waited, writer_token
from forums.diffs import word_diff
from forums.services import CidReuseError
from people.audiences import HEADS, people_in
from people.files import private_file
from people.models import Audience, User

MOST_PEOPLE = 200
VERSIONS_ON_A_PAGE = 20


def visible_meeting(request, slug) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(request.user), slug=slug)


def _crumbs(meeting: Meeting | None, last: str):
    crumbs = [(_("Meetings"), reverse("events:meetings"))]
    if meeting:
        crumbs.append((meeting.title, meeting.get_absolute_url()))
    return [*crumbs, (last, None)]


def _form_page(request, form, title, button, *, meeting=None, shape=""):
    context = {
        "title": title,
        "form": form,
        "writer": writer_token(request.user),
        "button": button,
        "shape": shape,
        "back": meeting.get_absolute_url() if meeting else reverse("events:meetings"),
        "crumbs": _crumbs(meeting, title),
    }
    status = 422 if form.errors else 200
    return render(request, "events/meeting_form.html", context, status=status)


def _fields(form: MeetingForm) -> dict:
    fields = dict(form.cleaned_data)
    fields["items"] = fields.pop("agenda")
    return fields


@keeps_typed
def call(request):
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the meetings can call one."))
    form = MeetingForm(request.POST or None, initial=waited(request))
    if request.method == "POST" and form.is_valid():
        settled(request)
        return redirect(meetings.call_meeting(by=request.user, **_fields(form)))
    return _form_page(request, form, _("Call a meeting"), _("Call the meeting"))


@keeps_typed
def change(request, slug):
    meeting = visible_meeting(request, slug)
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the meetings can change one."))
    initial = {name: getattr(meeting, name) for name in meetings.FIELDS}
    initial["agenda"] = "\n".join(entry["item"] for entry in meeting.agenda)
    form = MeetingForm(request.POST or None, initial=initial | waited(request))
    if request.method == "POST" and form.is_valid():
        settled(request)
        fields = _fields(form)
        fields.pop("cid")
        return redirect(meetings.change_meeting(meeting, by=request.user, **fields))
    return _form_page(request, form, _("Day and agenda"), _("Save"), meeting=meeting)


@keeps_typed
def hand_in(request, slug):
    meeting = visible_meeting(request, slug)
    if not rules.may_hand_in(request.user, meeting):
        raise PermissionDenied(_("Heads and who keeps the meetings hand in papers."))
    begun = {"initial": waited(request), "meeting": meeting}
    form = PaperForm(request.POST or None, request.FILES or None, **begun)
    if request.method == "POST" and form.is_valid():
        try:
            paper = meetings.hand_in_paper(meeting, by=request.user, **form.cleaned_data)
        except CidReuseError:
            form.add_error(None, sent_before())
        else:
            settled(request)
            return redirect(paper)
    return _form_page(request, form, _("Hand in a paper"), _("Hand in"), meeting=meeting)


@login_required
@require_safe
def paper(request, pk):
    """The PDF of a paper."""
    rows = Paper.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    paper = get_object_or_404(rows.select_related("meeting"), pk=pk)
    if not paper.file or paper.is_kept_away:
        raise Http404
    return private_file(
        request,
        paper.file,
        etag=paper.sha256,
        content_type="application/pdf",
        as_attachment=True,
        filename=f"{paper.meeting.slug}-{paper.pk}.pdf",
    )


@login_required
def attendance(request, slug):
    meeting = visible_meeting(request, slug)
    if not rules.may_write(request.user, meeting):
        raise PermissionDenied(_("Only who writes the minutes notes who was there."))
    marks = dict.fromkeys(meeting.attendees.values_list("pk", flat=True), meetings.PRESENT)
    marks |= dict.fromkeys(meeting.apologies.values_list("pk", flat=True), meetings.APOLOGIES)
    heads = people_in(Audience.objects.of(HEADS)).values_list("pk", flat=True)
    people = User.objects.filter(pk__in={*marks, *heads}).order_by("name")[:MOST_PEOPLE]
    form = AttendanceForm(request.POST or None, people=people, marks=marks)
    if request.method == "POST" and form.is_valid():
        meetings.note_attendance(meeting, form.marks(), by=request.user)
        messages.success(request, _("Noted who was there."))
        return redirect(meeting)
    return _form_page(request, form, _("Who was there"), _("Save"), meeting=meeting, shape="rows")


@keeps_typed
def write(request, slug):
    """The minutes in a form; a save that meets another's is merged, and says so."""
    meeting = visible_meeting(request, slug)
    if not rules.may_write(request.user, meeting):
        raise PermissionDenied(_("Only who keeps the meetings, or was asked to, writes minutes."))
    now = minutes.current(meeting)
    begun = {"text": now.text, "base": now.number} | waited(request)
    form = MinutesForm(request.POST or None, initial=begun)
    if request.method == "POST" and form.is_valid():
        try:
            made = minutes.save_minutes(meeting, by=request.user, **form.cleaned_data)
        except CidReuseError:
            form.add_error(None, sent_before())
        else:
            settled(request)
            _say_what_came_of_it(request, made)
            return redirect(meeting)
    context = {
        "title": _("Minutes: %(meeting)s") % {"meeting": meeting.title},
        "meeting": meeting,
        "form": form,
        "writer": writer_token(request.user),
        "conflicts": _side_by_side(now.conflicts),
        "crumbs": _crumbs(meeting, _("Minutes")),
    }
    return render(request, "events/minutes.html", context, status=422 if form.errors else 200)


def _say_what_came_of_it(request, made) -> None:
    if made.conflicts:
        messages.warning(
            request,
            _("Saved. Somebody else changed the same passage: both versions stand in the text."),
        )
    elif made.text != made.typed:
        messages.success(request, _("Saved, with what others wrote meanwhile."))
    else:
        messages.success(request, _("Saved."))


def _side_by_side(conflicts: list) -> list[dict]:
    return [
        {"theirs": each.theirs, "pieces": word_diff(each.theirs, each.mine)}
        for each in (Conflict(*row) for row in conflicts)
    ]


@login_required
@require_safe
def history(request, slug):
    """Every version of the minutes, with what each changed."""
    meeting = visible_meeting(request, slug)
    page = Paginator(meeting.revisions.select_related("by"), VERSIONS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    rows = list(page)
    before = {
        row.number: row.text
        for row in meeting.revisions.filter(number__in=[row.number - 1 for row in rows])
    }
    context = {
        "title": _("Versions of the minutes"),
        "meeting": meeting,
        "rows": page,
        "changes": [(row, word_diff(before.get(row.number - 1, ""), row.text)) for row in rows],
        "may_write": rules.may_write(request.user, meeting),
        "crumbs": _crumbs(meeting, _("Versions of the minutes")),
    }
    return render(request, "events/minutes_history.html", context)


@login_required
@require_POST
def restore(request, slug, number):
    meeting = visible_meeting(request, slug)
    get_object_or_404(meeting.revisions, number=number)
    minutes.restore(meeting, number, by=request.user)
    messages.success(request, _("The version is back; what stood there before is kept too."))
    return redirect(meeting)


@login_required
@require_POST
def decide(request, slug):
    meeting = visible_meeting(request, slug)
    form = DecisionForm(request.POST, auto_id="decision_%s")
    if not form.is_valid():
        return meeting_views.meeting_page(request, meeting, decision_form=form)
    return redirect(meetings.add_decision(meeting, by=request.user, **form.cleaned_data))


@login_required
@require_POST
def act(request, slug):
    meeting = visible_meeting(request, slug)
    form = ActionForm(request.POST, auto_id="action_%s")
    if not form.is_valid():
        return meeting_views.meeting_page(request, meeting, action_form=form)
    return redirect(services.add_action(meeting, by=request.user, **form.cleaned_data))


@login_required
@require_POST
def ask_to_write(request, slug):
    meeting = visible_meeting(request, slug)
    form = WriterForm(request.POST, auto_id="writer_%s")
    if not form.is_valid():
        return meeting_views.meeting_page(request, meeting, writer_form=form)
    meetings.ask_to_write(meeting, form.cleaned_data["person"], by=request.user)
    messages.success(request, _("They are told, and can write the minutes."))
    return redirect(meeting)
