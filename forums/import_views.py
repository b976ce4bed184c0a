"""Pages on which an older forum is brought in."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from forums import importing
from forums.life_forms import ImportForm
from forums.models import ExpertPool, TopicImport
from forums.pages import crumbs
from people.inert import shown


def _pool_to_fill(request, pk) -> ExpertPool:
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    importing.need_importer(request.user, pool)
    return pool


@login_required
def import_topics(request, pk):
    """Hand a file in; nothing is taken before its report is confirmed."""
    pool = _pool_to_fill(request, pk)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            proposal = importing.propose(
                pool, data=file.read(), name=shown(file.name), by=request.user
            )
        except importing.TooManyLinesError:
            form.add_error("file", _("The file has more than 500 lines: use the command."))
        else:
            return redirect("forums:import_report", pk=proposal.pk)
    context = {
        "pool": pool,
        "form": form,
        "title": _("Bring an older forum in"),
        "earlier": pool.topic_imports.defer("data").select_related("by")[:10],
        "crumbs": crumbs(pool, _("Bring in")),
    }
    return render(request, "forums/import.html", context, status=422 if form.errors else 200)


@login_required
def import_report(request, pk):
    """What becomes of each line, and the button that does it."""
    proposal = get_object_or_404(TopicImport.objects.select_related("pool"), pk=pk)
    pool = _pool_to_fill(request, proposal.pool_id)
    if request.method == "POST":
        importing.confirm(proposal, by=request.user)
        return redirect("forums:import_report", pk=pk)
    context = {
        "pool": pool,
        "proposal": proposal,
        "rows": Paginator(proposal.report["rows"], 100).get_page(request.GET.get("page")),
        "counts": proposal.report["counts"],
        "title": _("Report: %(name)s") % {"name": proposal.name},
        "crumbs": crumbs(
            pool, (_("Bring in"), reverse("forums:import", args=[pool.pk])), proposal.name
        ),
    }
    return render(request, "forums/import_report.html", context)
