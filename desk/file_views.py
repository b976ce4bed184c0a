"""Pages of the files at a request."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from desk import attaching, rules
from desk.models import RequestFile
from desk.views import visible_request
from forums.life_forms import FilesForm
from people.files import kept_file
from people.inert import FileRefusedError


@login_required
def files(request, pk):
    """The files of a request, for requester and pool: add some, take some away."""
    asked = visible_request(request, pk)
    if not rules.parts_of(request.user, asked):
        raise PermissionDenied(_("Files are for the requester and the pool."))
    form = FilesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            attaching.attach(asked, form.cleaned_data["attached"], by=request.user)
        except FileRefusedError as error:
            form.add_error("attached", str(error))
        else:
            return redirect(f"{asked.get_absolute_url()}#files")
    context = {
        "asked": asked,
        "form": form if rules.may_talk(request.user, asked) else None,
        "rows": [(row, rules.may_take_away(request.user, row)) for row in asked.files.all()],
        "title": _("Pictures and logs"),
        "crumbs": [
            (_("Requests"), reverse("desk:list")),
            (asked.receipt, asked.get_absolute_url()),
            (_("Files"), None),
        ],
    }
    return render(request, "desk/files.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def detach(request, pk):
    row = _visible_file(request, pk)
    attaching.detach(row, by=request.user)
    return redirect("desk:files", pk=row.request_id)


@login_required
@require_safe
def request_file(request, pk):
    """The bytes, for whoever may read the request."""
    row = _visible_file(request, pk)
    return kept_file(request, row, name=row.name)


def _visible_file(request, pk) -> RequestFile:
    rows = RequestFile.objects.visible_to(request.user).select_related("request__pool")
    return get_object_or_404(rows, pk=pk)
