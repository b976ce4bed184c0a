"""How a request comes in from a page: shown, kept through errors, previewed, filed."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from desk import services
from forums import writing
from people.markup import render_markdown


def take_in(request, form, template: str, context: dict, *, room: str, **given):
    """Answer a page with an intake `form`: the request's page when it was filed, else the form.

    `room` names the form (desk/texts.py), `given` is what it does not ask, such as the service.
    Errors answer 422 with what was typed; a preview files nothing.
    """
    preview = ""
    if "keep" in request.POST:
        kept = writing.keep_room(request, room)
        if kept:
            return kept
    elif request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = render_markdown(form.cleaned_data["body"])
        else:
            filed = _file(request.user, form, given)
            if filed:
                told = _("Filed. Your receipt is %(number)s.") % {"number": filed.receipt}
                messages.success(request, told)
                writing.forget_waiting(request)
                return redirect(filed)
    context |= {"form": form, "preview": preview, "room": room}
    context["writer"] = writing.writer_token(request.user)
    return render(request, template, context, status=422 if form.errors else 200)


def _file(person, form, given):
    try:
        return services.file_request(requester=person, **writing.content_of(form), **given)
    except services.CidReuseError:
        form.add_error(None, _("This was sent before with another text. Open the form anew."))
        return None
