"""How a request comes in from a page: shown, kept through errors, previewed, filed."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk import attaching, services
from forums import writing
from forums.attaching import release
from people.inert import FileRefusedError
from people.markup import render_markdown


def take_in(request, form, template: str, context: dict, *, room: str, **given):
    """Answer a page with an intake `form`: the request's page when it was filed, else the form.

    `room` names the form (desk/texts.py), `given` is what it does not ask, such as the service.
    Errors answer 422 with what was typed; a preview files nothing. Files that were chosen stay
    with the draft meanwhile.
    """
    preview = ""
    files = writing.files_form(request)
    if request.method == "POST":
        if "keep" in request.POST:
            answer = writing.keep_and_leave(request, room, files)
        elif "preview" in request.POST:
            preview = render_markdown(form.cleaned_data["body"]) if form.is_valid() else ""
            answer = None
        else:
            answer = _filed(request, form, files, given)
        if answer:
            return answer
        files = writing.keep_files(request, room, form, files)
    context |= {"form": form, "files": files, "preview": preview, "room": room}
    context["writer"] = writing.writer_token(request.user)
    return render(request, template, context, status=422 if form.errors or files.errors else 200)


def _filed(request, form, files, given):
    """To the request with its files; nothing where one of the two is not taken and says why."""
    if not (form.is_valid() and files.is_valid()):
        return None
    try:
        filed = _file(request, form, files, given)
    except FileRefusedError as error:
        files.add_error("attached", str(error))
        return None
    except services.CidReuseError:
        form.add_error(None, _("This was sent before with another text. Open the form anew."))
        return None
    told = _("Filed. Your receipt is %(number)s.") % {"number": filed.receipt}
    messages.success(request, told)
    writing.forget_waiting(request)
    return redirect(filed)


@transaction.atomic
def _file(request, form, files, given):
    writing.drop_ticked(files)
    draft = writing.draft_named(request, str(form.cleaned_data["cid"]))
    kept = release(draft) if draft else []
    content = writing.content_of(form)
    filed = services.file_request(requester=request.user, **content, **given)
    attaching.take_over(filed, kept)
    attaching.attach(filed, files.chosen, by=request.user, tell=False)
    return filed
