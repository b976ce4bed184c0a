"""Pages on which people write: a question, a reply, an edit."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forums import drafting, queries, rules, services, writing
from forums.forms import AnswersForm, AskForm, EditForm, PostForm
from forums.models import ExpertPool
from forums.pages import crumbs, visible_post, visible_topic
from forums.views import topic_detail


def _ask_page(pk) -> str:
    return reverse("forums:ask", args=[pk])


@writing.keeps_text(_ask_page)
def ask(request, pk):
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    form = AskForm(request.POST or None, pool=pool, initial=writing.begun(request, _ask_page(pk)))
    files = writing.files_form(request)
    context = {"pool": pool, "form": form, "title": _("Ask %(pool)s") % {"pool": pool.title}}
    if request.method == "POST":
        answer = _ask_sent(request, pool, form, files, context)
        if answer:
            return answer
        files = writing.keep_files(request, pool, form, files)
    context |= {
        "files_form": files,
        "writer": writing.writer_token(request.user),
        "crumbs": crumbs(pool, _("Ask")),
    }
    status = 422 if form.errors or files.errors else 200
    return render(request, "forums/ask.html", context, status=status)


def _ask_sent(request, pool, form, files, context):
    """What follows from a press on the form; nothing where the page is shown again."""
    if "keep" in request.POST:
        return writing.keep_and_leave(request, pool, files)
    if "answers" in request.POST:
        return _answered(request, pool, files)
    if "preview" in request.POST:
        context["preview"] = writing.preview(form)
        _look_for_similar(request, form, context)
        return None
    if _step_is_due(request, form, files) and _look_for_similar(request, form, context):
        context["step"] = True
        return None

    def write(data):
        return services.ask(pool=pool, author=request.user, **data).posts.get(number=1)

    post = writing.send(request, form, files, write)
    return post and redirect(post.topic)


def _step_is_due(request, form, files) -> bool:
    """Between writing and posting stands, once, what was said before about it."""
    if not (form.is_valid() and files.is_valid()) or form.cleaned_data["similar_seen"]:
        return False
    return drafting.posted_as(request.user, form.cleaned_data["cid"]) is None


def _look_for_similar(request, form, context) -> bool:
    """Show what was said before; the form says from then on that it was shown."""
    words = f"{request.POST.get('title', '')} {request.POST.get('body', '')}"
    context["similar"] = queries.similar_to(request.user, words)
    form.data = form.data.copy()
    form.data["similar_seen"] = "1"
    return bool(context["similar"])


def _answered(request, pool, files):
    """Somebody found the answer before asking: counted, and what they wrote is kept."""
    form = AnswersForm(request.POST, person=request.user)
    if not form.is_valid():
        messages.error(request, _("That topic is not there any more."))
        return None
    topic = form.cleaned_data["answers"]
    services.note_deflection(topic, person=request.user)
    if writing.keep(request, pool, files):
        messages.success(request, _("Good. What you wrote is kept under “My drafts”."))
    return redirect(topic)


def _topic_page(pk) -> str:
    return reverse("forums:topic", args=[pk])


@writing.keeps_text(_topic_page)
@require_POST
def reply(request, pk):
    topic = visible_topic(request.user, pk)  # merged while the reply was written: into that one
    form, files = PostForm(request.POST), writing.files_form(request)
    shown = ""
    if "keep" in request.POST:
        kept = writing.keep_and_leave(request, topic, files)
        if kept:
            return kept
    elif "preview" in request.POST:
        shown = writing.preview(form)
    else:

        def write(data):
            return services.reply(topic, author=request.user, **data)

        post = writing.send(request, form, files, write)
        if post:
            return redirect(post)
    files = writing.keep_files(request, topic, form, files)
    return topic_detail(request, topic.pk, form, files=files, preview=shown)


def _edit_page(pk) -> str:
    return reverse("forums:edit", args=[pk])


@writing.keeps_text(_edit_page)
def edit(request, pk):
    post = visible_post(request.user, pk)
    if not rules.may_edit(request.user, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can edit a post."))
    form = EditForm(request.POST or None, post=post, initial=writing.begun(request, _edit_page(pk)))
    context = {
        "post": post,
        "form": form,
        "title": _("Edit"),
        "writer": writing.writer_token(request.user),
    }
    if "keep" in request.POST:
        kept = writing.keep_and_leave(request, post)
        if kept:
            return kept
    elif request.method == "POST" and form.is_valid():
        try:
            data = writing.content_of(form)
            return redirect(services.edit_post(post, by=request.user, **data))
        except services.EditConflictError:
            form.add_error(
                "body", _("Somebody edited this post meanwhile. Both texts are below; merge them.")
            )
            context["theirs"] = post.body
            form.data = form.data.copy()
            form.data["revision"] = post.revision
    status = 422 if form.errors else 200
    return render(request, "forums/edit.html", context, status=status)
