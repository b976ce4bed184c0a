"""What is said about a request, and the times at which people meet over it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from desk import slots, talking, texts
from desk.forms import MessageForm, SlotForm, TravelForm
from desk.models import Request, Slot
from desk.views import page_of, request_page, visible_request
from forums import writing
from forums.services import CidReuseError
from people.icalendars import calendar_response

SENT_BEFORE = gettext_lazy("This was sent before with another text. Open the page anew.")


@writing.keeps_text(page_of, room=lambda pk: texts.of_request(pk, "say"))
@require_POST
def say(request, pk):
    asked = visible_request(request, pk)
    return _write(
        request, asked, MessageForm(request.POST, auto_id="id_talk_%s"), talking.say, "talk_form"
    )


@writing.keeps_text(page_of, room=lambda pk: texts.of_request(pk, "propose"))
@require_POST
def propose(request, pk):
    asked = visible_request(request, pk)
    return _write(
        request, asked, SlotForm(request.POST, auto_id="id_slot_%s"), slots.propose, "slot_form"
    )


def _write(request, asked: Request, form, write, name: str):
    """Write what a form of the page says; what cannot be taken comes back with the page."""
    status = 422
    if form.is_valid():
        try:
            write(asked, by=request.user, **writing.content_of(form))
        except CidReuseError:
            form.add_error(None, SENT_BEFORE)
        except PermissionDenied as error:
            form.add_error(None, str(error))
            status = 403
        else:
            writing.forget_waiting(request)
            messages.success(request, _("Sent."))
            return redirect(f"{asked.get_absolute_url()}#talk")
    return request_page(request, asked, status=status, **{name: form})


@login_required
@require_POST
def answer_slot(request, pk, verb):
    if verb not in slots.ANSWERS:
        raise Http404
    slot = _visible_slot(request, pk)
    try:
        slot = slots.answer(slot, verb, by=request.user)
    except slots.SlotError as error:
        messages.error(request, str(error))
        return request_page(request, visible_request(request, slot.request_id), status=409)
    messages.success(request, _("Now: %(state)s.") % {"state": slot.get_state_display()})
    return redirect(slot.request)


@login_required
@require_POST
def note_travel(request, pk):
    """Who approved the travel of a visit, and how."""
    slot = _visible_slot(request, pk)
    form = TravelForm(request.POST, auto_id=f"id_travel_{pk}_%s")
    status = 422
    if form.is_valid():
        try:
            slots.note_travel(slot, by=request.user, **form.cleaned_data)
        except slots.SlotError as error:
            form.add_error("travel", str(error))
            status = 409
        else:
            messages.success(request, _("Noted."))
            return redirect(f"{slot.request.get_absolute_url()}#slots")
    asked = visible_request(request, slot.request_id)
    return request_page(request, asked, status=status, travel_form=(slot.pk, form))


@login_required
@require_GET
def slot_calendar(request, pk):
    """For the calendar of whoever comes and whoever is visited."""
    calendar = slots.as_calendar(_visible_slot(request, pk))
    return calendar_response(calendar, f"request-slot-{pk}.ics")


def _visible_slot(request, pk) -> Slot:
    asked = Request.objects.visible_to(request.user)
    rows = Slot.objects.filter(request__in=asked).select_related("request")
    return get_object_or_404(rows, pk=pk)
