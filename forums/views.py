from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forums import rules, services
from forums.forms import AcceptForm, AskForm, EditForm, PostForm, SwitchForm
from forums.models import ExpertPool, Post, SameProblem, Topic, Watch
from people.markup import render_markdown

PAGE_SIZE = 30
POSTS_ON_A_PAGE = 200


def pools(request):
    """The pools, with how much was asked and how much waits."""
    rows = ExpertPool.objects.visible_to(request.user).annotate(
        asked=Count("topics", distinct=True),
        people=Count("memberships", filter=Q(memberships__ends__isnull=True), distinct=True),
    )
    context = {"pools": rows.order_by("title"), "title": _("Pools and questions")}
    return render(request, "forums/pools.html", context)


def pool_detail(request, page):
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=page.pk)
    state = request.GET.get("state", "")
    topics = Topic.objects.visible_to(request.user).filter(pool=pool).with_counts()
    if state == "unanswered":
        topics = topics.filter(answers=0)
    elif state == "solved":
        topics = topics.filter(solved=True)
    context = {
        "page": pool,
        "title": pool.title,
        "state": state,
        "rows": Paginator(topics, PAGE_SIZE).get_page(request.GET.get("page")),
        "serving": pool.memberships.serving().select_related("person").order_by("-role"),
        "crumbs": [(_("Pools and questions"), reverse("forums:pools")), (pool.title, None)],
    }
    return render(request, "forums/pool.html", context)


@login_required
def ask(request, pk):
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    form = AskForm(request.POST or None, pool=pool)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        data = form.cleaned_data
        try:
            topic = services.ask(pool=pool, author=request.user, **data)
            return redirect(topic)
        except services.CidReuseError:
            form.add_error(None, _("This was sent before with another text. Open the form anew."))
    context = {"pool": pool, "form": form, "title": _("Ask %(pool)s") % {"pool": pool.title}}
    return _with_preview(request, "forums/ask.html", context, form)


def topic_detail(request, pk, form=None, status=200):
    topic = get_object_or_404(
        Topic.objects.visible_to(request.user).select_related("pool", "asker"), pk=pk
    )
    posts = topic.posts.select_related("author").order_by("number")
    rows = Paginator(posts, POSTS_ON_A_PAGE).get_page(request.GET.get("page"))
    person = request.user
    signed_in = person.is_authenticated
    same = SameProblem.objects.filter(topic=topic)
    context = {
        "topic": topic,
        "title": topic.title,
        "rows": rows,
        "accepted": next((post for post in rows if post.accepted_at), None),
        "form": form or PostForm(),
        "may_accept": signed_in and rules.may_accept(person, topic),
        "serves": signed_in and rules.serves(person, topic.pool),
        "same": same.count(),
        "same_agencies": same.values("person__postings__organisation").distinct().count(),
        "has_same": signed_in and same.filter(person=person).exists(),
        "watches": signed_in and Watch.objects.filter(topic=topic, person=person).exists(),
        "crumbs": [
            (_("Pools and questions"), reverse("forums:pools")),
            (topic.pool.title, topic.pool.url),
            (topic.title, None),
        ],
    }
    if form is not None:
        return _with_preview(request, "forums/topic.html", context, form)
    return render(request, "forums/topic.html", context, status=status)


@login_required
@require_POST
def reply(request, pk):
    topic = get_object_or_404(Topic.objects.visible_to(request.user), pk=pk)
    form = PostForm(request.POST)
    if not form.is_valid() or "preview" in request.POST:
        return topic_detail(request, pk, form)
    try:
        return redirect(services.reply(topic, author=request.user, **form.cleaned_data))
    except services.CidReuseError:
        form.add_error(None, _("This was sent before with another text. Send it as a new reply."))
        return topic_detail(request, pk, form)


@login_required
@require_POST
def accept(request, pk):
    topic = get_object_or_404(Topic.objects.visible_to(request.user), pk=pk)
    form = AcceptForm(request.POST, topic=topic)
    if not form.is_valid():
        messages.error(request, form.errors["post"][0])
        return topic_detail(request, pk, status=422)
    post = services.accept_answer(form.cleaned_data["post"], by=request.user)
    messages.success(request, _("Accepted. This topic is solved."))
    return redirect(post)


@login_required
@require_POST
def switch(request, pk, what):
    """ "I have this too" and "watch", set on or off."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user), pk=pk)
    form = SwitchForm(request.POST)
    if form.is_valid() and what == "same":
        services.set_same_problem(topic, person=request.user, value=form.cleaned_data["value"])
    elif form.is_valid():
        services.watch(request.user, topic, value=form.cleaned_data["value"])
    return redirect(topic)


@login_required
def edit(request, pk):
    post = _post(request, pk)
    if not rules.may_edit(request.user, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can edit a post."))
    form = EditForm(request.POST or None, initial={"body": post.body, "revision": post.revision})
    context = {"post": post, "form": form, "title": _("Edit")}
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(services.edit_post(post, by=request.user, **form.cleaned_data))
        except services.EditConflictError:
            form.add_error(
                "body", _("Somebody edited this post meanwhile. Both texts are below; merge them.")
            )
            context["theirs"] = post.body
            form.data = form.data.copy()
            form.data["revision"] = post.revision
    status = 422 if form.errors else 200
    return render(request, "forums/edit.html", context, status=status)


@login_required
def history(request, pk):
    post = _post(request, pk)
    revisions = post.revisions.select_related("editor")
    context = {"post": post, "revisions": revisions, "title": _("Edit history")}
    return render(request, "forums/history.html", context)


def _post(request, pk) -> Post:
    visible = Topic.objects.visible_to(request.user)
    rows = Post.objects.filter(topic__in=visible).select_related("topic", "author")
    return get_object_or_404(rows, pk=pk)


def _with_preview(request, template, context, form):
    """The page again with what was typed: as a preview, or with what is wrong."""
    if request.method == "POST" and "preview" in request.POST and not form.errors.get("body"):
        context["preview"] = render_markdown(form.cleaned_data.get("body", ""))
        return render(request, template, context)
    return render(request, template, context, status=422 if form.errors else 200)
