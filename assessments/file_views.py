"""The page on which a file is handed in, and the file for candidate and marker."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from assessments import answer_files, services
from assessments.exam_forms import AnswerFileForm
from assessments.models import Attempt
from assessments.states import SAT
from people.files import kept_file
from people.inert import FileRefusedError


@login_required
def hand_in_file(request, pk, slot):
    """A page of its own, so that no other answer hangs on the file; works without scripts."""
    rows = Attempt.objects.select_related("quiz", "person")
    attempt = get_object_or_404(rows, pk=pk, person=request.user)
    slot = get_object_or_404(answer_files.slots_for_files(attempt), pk=slot)
    if attempt.state not in SAT:
        return redirect(attempt)
    form = AnswerFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            answer_files.hand_in_file(slot, name=file.name, data=file.read())
        except FileRefusedError as error:
            form.add_error("file", str(error))
        except services.PausedError:
            form.add_error(None, _("An invigilator has stopped the clock. Wait until it goes on."))
        except services.ClosedError:
            services.finish_overdue(Attempt.objects.filter(pk=attempt.pk))
            return redirect("assessments:review", pk=attempt.pk)
        else:
            return redirect(f"{attempt.get_absolute_url()}?saved=1")
    kept = services.latest_responses(attempt).get(slot.pk)
    context = {
        "attempt": attempt,
        "slot": slot,
        "kept": answer_files.file_of(kept.answer if kept else None),
        "form": form,
        "title": _("Hand in a file"),
        "crumbs": [(attempt.quiz.title, attempt.get_absolute_url()), (_("Hand in a file"), None)],
    }
    return render(
        request, "assessments/hand_in_file.html", context, status=422 if form.errors else 200
    )


@login_required
def answer_file(request, pk):
    """The bytes, under a name that says nothing of who handed them in."""
    row = get_object_or_404(answer_files.files_for(request.user), pk=pk)
    return kept_file(request, row, name=f"answer-{row.pk}")
