"""How a request comes in from a page: shown, kept through errors, previewed, filed."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk import attaching, services
from forums import writing
from forums.life_forms import FilesForm
from people.inert import FileRefusedError
from people.markup import render_markdown


def take_in(request, form, template: str, context: dict, *, room: str, **given):
    """Answer a page with an intake `form`: the request's page when it was filed, else the form.

    `room` names the form (desk/texts.py), `given` is what it does not ask, such as the service.
    Errors answer 422 with what was typed; a preview files nothing.
    """
    preview = ""
    files = FilesForm(request.POST or None, request.FILES or None)
    if "keep" in request.POST:
        kept = writing.keep_room(request, room)
        if kept:
            return kept
    elif request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = render_markdown(form.cleaned_data["body"])
        else:
            filed = _file(request.user, form, files, given)
            if filed:
                told = _("Filed. Your receipt is %(number)s.") % {"number": filed.receipt}
                messages.success(request, told)
                writing.forget_waiting(request)
                return redirect(filed)
    context |= {"form": form, "files": files, "preview": preview, "room": room}
    context["again"] = bool(request.FILES)
    context["writer"] = writing.writer_token(request.user)
    return render(request, template, context, status=422 if form.errors or files.errors else 200)


def _file(person, form, files, given):
    """The request with its files; nothing where one of the two is not taken and says why."""
    if not files.is_valid():
        return None
    try:
        with transaction.atomic():
            filed = services.file_request(requester=person, **writing.content_of(form), **given)
            attaching.attach(filed, files.cleaned_data["attached"], by=person, tell=False)
            return filed
    except FileRefusedError as error:
        files.add_error("attached", str(error))
        return None
    except services.CidReuseError:
        form.add_error(None, _("This was sent before with another text. Open the form anew."))
        return None
