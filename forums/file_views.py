"""Pages of the files at a post: pictures, logs, configurations."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forums import attaching, rules
from forums.life_forms import DetachForm, FilesForm
from forums.models import Attachment, Post
from forums.pages import crumbs, visible_post
from people.files import kept_file
from people.inert import FileRefusedError

LONGEST_SHOWN = 200_000  # letters of a text on its page; the file has all of it


@login_required
def files(request, pk):
    """The files of one post, for whoever may edit it: add some, take some away."""
    post = visible_post(request.user, pk)
    if not rules.may_edit(request.user, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can add files."))
    form = FilesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            attaching.attach(post, form.cleaned_data["attached"], by=request.user)
        except FileRefusedError as error:
            form.add_error("attached", str(error))
        else:
            return redirect(post)
    context = {
        "post": post,
        "form": form,
        "attachments": post.attachments.all(),
        "title": _("Pictures and logs"),
        "crumbs": crumbs(post.topic.pool, (post.topic.title, post.get_absolute_url()), _("Files")),
    }
    return render(request, "forums/files.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def detach(request, pk):
    post = visible_post(request.user, pk)
    form = DetachForm(request.POST, post=post)
    if form.is_valid():
        attaching.detach(form.cleaned_data["attachment"], by=request.user)
    return redirect("forums:files", pk=post.pk)


def _attachment(request, pk) -> Attachment:
    """A file of a post that the reader may see, or of a draft of their own."""
    at_a_post = Q(post__in=Post.objects.visible_to(request.user))
    own = Q(draft__person=request.user.pk, draft__isnull=False)
    rows = Attachment.objects.filter(at_a_post | own).select_related("post__topic__pool")
    return get_object_or_404(rows, pk=pk)


def attachment(request, pk):
    """A file on a page of its own: a picture in full, a text to read."""
    row = _attachment(request, pk)
    text, cut = "", False
    if row.kind == Attachment.Kind.TEXT:
        try:
            with row.file.open("rb") as file:
                text = file.read().decode()
        except FileNotFoundError as error:
            raise Http404 from error
        cut = len(text) > LONGEST_SHOWN
    context = {
        "row": row,
        "text": text[:LONGEST_SHOWN],
        "cut": cut,
        "title": row.name,
        "crumbs": _way_to(row),
    }
    return render(request, "forums/attachment.html", context)


def _way_to(row: Attachment) -> list:
    if row.post is None:
        return [(_("My drafts"), reverse("forums:drafts")), (row.name, None)]
    topic = row.post.topic
    return crumbs(topic.pool, (topic.title, row.post.get_absolute_url()), row.name)


def attachment_file(request, pk):
    """The bytes, for whoever may see the topic."""
    row = _attachment(request, pk)
    return kept_file(request, row, name=row.name)
