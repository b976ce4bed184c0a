"""USB editions of a conference, for who keeps its programme."""

from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import rules
from events.bundles import USB
from events.keeping_views import kept_edition
from events.models import Bundle, Edition
from events.programme_views import crumbs_of
from events.usb import services
from events.usb.contents import fingerprint_of
from events.usb.forms import UsbForm, name_of
from people.files import private_file


class Row(NamedTuple):
    bundle: Bundle
    name: str
    is_current: bool


@login_required
def usb(request, slug):
    """The editions that are made, and a form for one more."""
    edition = kept_edition(request, slug)
    form = UsbForm(request.POST or None, edition=edition)
    if request.method == "POST" and form.is_valid():
        services.want(edition, form.cleaned_data["audience"], by=request.user)
        return redirect("events:usb", edition.slug)
    context = {
        "title": _("USB edition"),
        "edition": edition,
        "rows": [_row(edition, bundle) for bundle in edition.bundles.filter(scope__startswith=USB)],
        "form": form,
        "crumbs": crumbs_of(edition, (_("USB edition"), None)),
    }
    return render(request, "events/usb/page.html", context, status=422 if form.errors else 200)


def _row(edition: Edition, bundle: Bundle) -> Row:
    readers = services.readers_of(bundle)
    current = bundle.fingerprint == fingerprint_of(edition, readers)
    return Row(bundle, name_of(edition, readers), current)


def _kept(request, pk) -> Bundle:
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the programme can do this."))
    editions = Edition.objects.visible_to(request.user)
    rows = Bundle.objects.filter(scope__startswith=USB, edition__in=editions)
    return get_object_or_404(rows.select_related("edition"), pk=pk)


@login_required
@require_safe
def usb_zip(request, pk):
    row = _kept(request, pk)
    # What was made of other content is given to nobody: somebody's rights may have ended.
    if not row.file or row.fingerprint != fingerprint_of(row.edition, services.readers_of(row)):
        return redirect("events:usb", row.edition.slug)
    return private_file(
        request,
        row.file,
        etag=row.fingerprint,
        content_type="application/zip",
        as_attachment=True,
        filename=f"{row.edition.slug}-usb.zip",
    )


@login_required
@require_POST
def drop_usb(request, pk):
    row = _kept(request, pk)
    services.drop(row, by=request.user)
    return redirect("events:usb", row.edition.slug)
