"""From a delivered request to a question and answer that others find."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from desk import rules, sharing, texts
from desk.forms import ShareForm
from desk.models import SharedAnswer
from desk.views import visible_request
from forums import drafting, writing


def _page(pk) -> str:
    return reverse("desk:share", args=[pk])


@writing.keeps_text(_page, room=lambda pk: texts.of_request(pk, "share"))
def share(request, pk):
    """The draft: made by one press, edited by both sides, published by the requester's approval."""
    asked = visible_request(request, pk)
    if not rules.may_draft(request.user, asked):
        raise PermissionDenied(_("Requester and pool draft from what was delivered."))
    shared = SharedAnswer.objects.filter(request=asked).select_related("topic").first()
    if request.method == "POST" and shared is None:
        sharing.draft(asked, by=request.user)
        return redirect("desk:share", pk=pk)
    form, room = None, texts.of_request(pk, "share")
    if shared and not shared.topic:
        _room, begun = writing.begun_in_room(request, room)
        form = ShareForm(request.POST or None, instance=shared, initial=begun)
        if request.method == "POST" and form.is_valid():
            return _save(request, shared, writing.content_of(form))
    context = {
        "asked": asked,
        "shared": shared,
        "form": form,
        "room": room,
        "writer": writing.writer_token(request.user),
        "approves": request.user.pk == asked.requester_id,
        "title": _("Let others learn from it"),
        "crumbs": [
            (_("Requests"), reverse("desk:list")),
            (asked.receipt, asked.get_absolute_url()),
            (_("Let others learn from it"), None),
        ],
    }
    status = 422 if form and form.errors else 200
    return render(request, "desk/share.html", context, status=status)


@transaction.atomic
def _save(request, shared: SharedAnswer, data: dict):
    drafting.sent(request.user, data.pop("cid"))
    writing.forget_waiting(request)
    if "approve" in request.POST:
        topic = sharing.approve(shared, by=request.user, **data)
        messages.success(request, _("Published. Thank you: the next one finds it."))
        return redirect(topic)
    sharing.edit(shared, by=request.user, **data)
    messages.success(request, _("Saved. It is published when the requester approves it."))
    return redirect("desk:share", pk=shared.request_id)
