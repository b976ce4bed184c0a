"""What the forms of the forum have in common: a text that is sent, kept, or shown again.

Whatever a person typed and chose comes back with the page: the text in its fields, the files
with the draft, and after a session that ended meanwhile, with the next sign-in.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from forums import attaching, drafting, services
from forums.draft_forms import DraftForm, RoomDraftForm
from forums.life_forms import DraftFilesForm
from forums.models import Draft, Post
from people.files import drop
from people.markup import render_markdown
from people.models import User

AFTER_SIGN_IN = "forum_text"  # in the session of a browser that was signed out
WRITER = "forums.writer"
OF_THE_PAGE = ("base", "similar_seen")  # what a form says beside what is posted


def writer_token(person) -> str:
    """Says on a form who writes it: after a sign-in by somebody else the text is not shown."""
    return signing.dumps(person.pk, salt=WRITER)


def _writer(request: HttpRequest) -> User:
    """Who writes: the views let nobody in who is not signed in, or find no draft of theirs."""
    return cast("User", request.user)


def keeps_text(form_page: Callable[..., str], room: Callable[..., str] | None = None):
    """As `login_required`, but a form that is sent after the session ended is not lost.

    Its text waits in the browser's session for the sign-in of the same person; `form_page`
    gives the address of the page that has the form, `room` its name in another room.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request, **place):
            if request.user.is_authenticated:
                return view(request, **place)
            page = form_page(**place)
            if request.method == "POST":
                _wait_for_sign_in(request, page, room(**place) if room else "")
            return redirect_to_login(page)

        return guarded

    return decorate


def _wait_for_sign_in(request: HttpRequest, page: str, room: str) -> None:
    try:
        writer = signing.loads(request.POST.get("writer", ""), salt=WRITER)
    except signing.BadSignature:
        return
    person = User.objects.filter(pk=writer).first()
    form = _room_form(request, person, room) if room else DraftForm(request.POST)
    if form.is_valid():
        said = form.said() | {"cid": str(form.cleaned_data["cid"])}
        waiting = {"page": page, "writer": writer, "said": said, "room": room}
        request.session[AFTER_SIGN_IN] = waiting


def _room_form(request: HttpRequest, person: User | None, room: str) -> RoomDraftForm:
    data = request.POST.copy()
    data["room"] = room
    return RoomDraftForm(data, person=person)


def begun_in_room(request: HttpRequest, form: str = "") -> tuple[str, dict[str, Any]]:
    """As `begun`, for another room: the name of its form, and what that begins with.

    With `form` only of that one. Empty where nothing was begun.
    """
    draft = draft_named(request, request.GET.get("draft", ""))
    waiting = request.session.get(AFTER_SIGN_IN) or {}
    name, begin = "", {}
    if draft and draft.room:
        name = draft.room
        begin = _first_values(draft.more["fields"]) | {"cid": draft.cid, "base": draft.revision}
    elif (waiting.get("page"), waiting.get("writer")) == (request.path, request.user.pk):
        name, said = waiting.get("room", ""), waiting["said"]
        begin = _first_values(said["more"].get("fields", {})) | {"cid": said["cid"]}
    return (name, begin) if name and form in ("", name) else ("", {})


def _first_values(fields: dict[str, list[str]]) -> dict[str, Any]:
    """What was sent of each field as a form takes it: a list where several were chosen."""
    return {
        name: values if len(values) > 1 else values[0] for name, values in fields.items() if values
    }


def forget_waiting(request: HttpRequest) -> None:
    """What waited for the sign-in was sent."""
    request.session.pop(AFTER_SIGN_IN, None)


def _left(request: HttpRequest) -> HttpResponse:
    forget_waiting(request)
    messages.success(request, _("Kept on the server. Go on with it whenever you like."))
    return redirect("forums:drafts")


def begun(request: HttpRequest, page: str) -> dict[str, Any]:
    """What a form begins with: a draft that the address names, a text that waited, or nothing."""
    draft = draft_named(request, request.GET.get("draft", ""))
    if draft and not draft.room:
        said = {"title": draft.title, "body": draft.body, "cid": draft.cid, **draft.more}
        return said | {"base": draft.revision}
    waiting = request.session.get(AFTER_SIGN_IN)
    if waiting and (waiting["page"], waiting["writer"]) == (page, request.user.pk):
        return {**waiting["said"], **waiting["said"]["more"]}
    return {}


def draft_named(request: HttpRequest, cid: str) -> Draft | None:
    """The reader's draft with this cid, whatever was written there."""
    field = forms.UUIDField(required=False)
    try:
        return drafting.of(_writer(request), field.clean(cid))
    except forms.ValidationError:
        return None


def files_form(request: HttpRequest) -> DraftFilesForm:
    """Files to choose, and those that the draft of this text keeps."""
    if request.method != "POST":
        return DraftFilesForm(draft=draft_named(request, request.GET.get("draft", "")))
    draft = draft_named(request, request.POST.get("cid", ""))
    return DraftFilesForm(request.POST, request.FILES, draft=draft)


def content_of(form: forms.BaseForm) -> dict[str, Any]:
    """What a valid form says of the post itself."""
    return {name: said for name, said in form.cleaned_data.items() if name not in OF_THE_PAGE}


def send(
    request: HttpRequest, form: forms.Form, files: DraftFilesForm, write: Callable[[dict], Post]
) -> Post | None:
    """The post that `write` makes of a form, its files with it; nothing where they are wrong.

    Why not stands at the fields then.
    """
    if not (form.is_valid() and files.is_valid()):
        return None
    try:
        with transaction.atomic():
            drop_ticked(files)
            post = write(content_of(form))
            attaching.attach(post, files.cleaned_data["attached"], by=_writer(request))
    except services.CidReuseError:
        form.add_error(None, _("This was sent before with another text. Send it as a new one."))
    except attaching.FileRefusedError as error:
        files.add_error("attached", str(error))
    else:
        forget_waiting(request)
        return post
    return None


def keep(
    request: HttpRequest, place: drafting.Place, files: DraftFilesForm | None = None
) -> Draft | None:
    """Keep a form as a draft, its files with it; nothing where that is not possible.

    Why not is said as a message; why one of the files is not kept, at the files.
    """
    if isinstance(place, str):
        form: DraftForm | RoomDraftForm = _room_form(request, _writer(request), place)
    else:
        form = DraftForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is too long for a draft. It is still here."))
        return None
    try:
        with transaction.atomic():
            draft = drafting.keep_beside(person=_writer(request), place=place, **form.said())
            if files is not None and files.is_bound:
                _keep_chosen(draft, files)
    except drafting.PostedError:
        messages.error(request, _("This text was posted already."))
        return None
    forget_waiting(request)
    return draft


def _keep_chosen(draft: Draft, files: DraftFilesForm) -> None:
    """Keep each file that was chosen but those that are not taken; the form says which and why."""
    said = set(files.errors.get("attached", []))
    drop_ticked(files)
    for name, data in files.chosen:
        try:
            attaching.attach_to_draft(draft, [(name, data)])
        except attaching.FileRefusedError as error:
            if str(error) not in said:
                files.add_error("attached", str(error))


def keep_and_leave(
    request: HttpRequest, place: drafting.Place, files: DraftFilesForm | None = None
) -> HttpResponse | None:
    """The button “Keep as a draft”: to the page of all drafts, unless something is wrong."""
    draft = keep(request, place, files)
    if draft is None or (files is not None and files.errors):
        return None
    return _left(request)


def keep_files(
    request: HttpRequest, place: drafting.Place, form: forms.Form, files: DraftFilesForm
) -> DraftFilesForm:
    """The page is shown again: files that were chosen stay with the draft of the text.

    The form names that draft then, and the files form has what it keeps.
    """
    files.is_valid()  # reads what was chosen
    chosen = files.chosen or (files.is_bound and "drop" in files.data)
    draft = keep(request, place, files) if chosen else None
    if draft is None:
        return files
    data = cast("QueryDict", form.data).copy()
    data["cid"], data["base"] = str(draft.cid), str(draft.revision)
    form.data = data
    shown = DraftFilesForm({}, draft=draft)
    for message in files.errors.get("attached", []):
        shown.add_error("attached", message)
    return shown


def drop_ticked(files: DraftFilesForm) -> None:
    """Take away the kept files that the form says."""
    rows = files.cleaned_data.get("drop")
    if rows:
        drop(rows)


def preview(form: forms.Form) -> str:
    """The text of a form as it will look; nothing where it cannot be taken."""
    return "" if form.errors.get("body") else render_markdown(form.cleaned_data.get("body", ""))
