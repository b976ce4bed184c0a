"""Pages of the question bank: for authors and assessors, as they show the right answers."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessments import bank as services
from assessments import queries, rules
from assessments.formats.write import EXTENSIONS, FORMATS, NAMES, write
from assessments.forms import AnswerForm, BankFilter, ImportForm
from assessments.models import QuestionImport
from assessments.wording import right_in_words

PAGE_SIZE = 50
SHOWN = 200  # questions of a file on its page before it is taken


@login_required
def bank(request):
    """The questions that fit the filter, with a way to take them out as a file."""
    _need_editor(request)
    chosen = BankFilter(request.GET or None)
    questions = queries.with_uses(chosen.narrow(queries.bank_questions()))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "rows": Paginator(questions, PAGE_SIZE).get_page(request.GET.get("page")),
        "filter": chosen,
        "narrowed": any(kept.values()),
        "formats": [(NAMES[form], f"{kept.urlencode()}&format={form}") for form in FORMATS],
        "title": _("Question bank"),
    }
    return render(request, "assessments/bank.html", context)


@login_required
def export(request):
    """The questions that fit the filter as a file; what it cannot hold is named in it."""
    _need_editor(request)
    form = request.GET.get("format")
    if form not in FORMATS:
        return redirect("assessments:bank")
    questions = BankFilter(request.GET).narrow(queries.bank_questions())
    pieces = write(services.items_of(questions.iterator(chunk_size=500)), form)
    name = f'attachment; filename="questions.{EXTENSIONS[form]}"'
    return StreamingHttpResponse(
        pieces,
        content_type="application/octet-stream",
        headers={"Content-Disposition": name},
    )


@login_required
def question(request, ident):
    """A question as a person meets it, its key, where it is used and how it did."""
    _need_editor(request)
    question = get_object_or_404(queries.bank_questions(), ident=ident)
    version = question.current
    if version is None:  # named, but nothing was ever said under that name
        raise Http404
    form = AnswerForm(version=version, slot=question.pk, prefix=ident)
    context = {
        "question": question,
        "form": form,
        "version": version,
        "title": question.title or question.ident,
        "versions": queries.versions_with_statistics(question),
        "quizzes": queries.quizzes_of(question),
        "may_assess": rules.may_assess(request.user),
        "right": right_in_words(version.type, version.content),
        "crumbs": [(_("Question bank"), reverse("assessments:bank")), (question.ident, None)],
    }
    return render(request, "assessments/question.html", context)


@login_required
def import_questions(request):
    """Bring a file; what would be taken is shown before anything is written."""
    _need_editor(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        brought = services.bring_file(
            data["file"].read(),
            name=data["file"].name,
            form=data["form"],
            bank=data["bank"],
            by=request.user,
        )
        return redirect(brought)
    context = {
        "form": form,
        "title": _("Import questions"),
        "crumbs": [(_("Question bank"), reverse("assessments:bank")), (_("Import"), None)],
    }
    return render(request, "assessments/import.html", context, status=422 if form.errors else 200)


@login_required
def brought(request, pk):
    """A file that the person brought: what is taken of it and what is not."""
    row = get_object_or_404(QuestionImport, pk=pk, brought_by=request.user)
    _need_editor(request)
    report = None if row.applied_at else services.preview_file(row)
    context = {
        "brought": row,
        "report": report,
        "shown": report.taken[:SHOWN] if report else [],
        "left_out": max(0, len(report.taken) - SHOWN) if report else 0,
        "refused": report.refused[:SHOWN] if report else [],
        "refused_left_out": max(0, len(report.refused) - SHOWN) if report else 0,
        "title": row.name,
        "crumbs": [
            (_("Question bank"), reverse("assessments:bank")),
            (_("Import"), reverse("assessments:import")),
            (row.name, None),
        ],
    }
    return render(request, "assessments/brought.html", context)


@login_required
@require_POST
def take(request, pk):
    row = get_object_or_404(QuestionImport, pk=pk, brought_by=request.user)
    _need_editor(request)
    services.take_file(row)
    return redirect(row)


def _need_editor(request) -> None:
    if not rules.may_edit_bank(request.user):
        raise PermissionDenied(
            _("The question bank is for authors and assessors: it shows the right answers.")
        )
