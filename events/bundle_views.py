"""ZIP files of materials for whoever may read what is in them."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import bundles, rules
from events.bundles import Scope
from events.programme_views import visible_edition
from events.views import visible_talk
from people.files import private_file


@require_safe
def of_edition(request, slug):
    edition = visible_edition(request, slug)
    may_have_all = rules.may_keep(request.user)
    return _bundle(request, Scope(edition, day=_day(request)), may_have_all=may_have_all)


@require_safe
def of_talk(request, edition, slug):
    talk = visible_talk(request, edition, slug)
    may_have_all = rules.may_add_slides(request.user, talk)
    return _bundle(request, Scope(talk.edition, talk=talk), may_have_all=may_have_all)


def _day(request) -> date | None:
    text = request.GET.get("day")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Http404 from error


def _bundle(request, scope: Scope, *, may_have_all: bool):
    staff = request.GET.get("set") == "staff"
    if staff and not may_have_all:
        raise PermissionDenied(_("Only the speakers, and who keeps the programme, have all of it."))
    items = bundles.items_of(scope, staff=staff)
    if not items:
        raise Http404
    made = bundles.ready_bundle(scope, items, staff=staff)
    if made is None:
        context = {"title": _("This ZIP is being made"), "items": items[:100], "scope": scope}
        return render(request, "events/bundle.html", context, status=202)
    return private_file(
        request,
        made.file,
        etag=made.fingerprint,
        content_type="application/zip",
        as_attachment=True,
        filename=scope.file_name,
    )
