from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from forums import (
    mail,
    membership,
    moving,
    reading_place,
    reviewing,
    rules,
    services,
    serving,
    writing,
)
from forums.audiences import pool_roles
from forums.forms import AcceptForm, PostForm, RoleForm, SwitchForm
from forums.models import ExpertPool, Post, PostPlace, Topic, Watch
from forums.pages import crumbs, visible_topic
from forums.reading import attachments_of, linked_data, shown_posts

PAGE_SIZE = 30
POSTS_ON_A_PAGE = 200
MOST_PRINTED = 1000
LAST_LEAD = gettext_lazy("A pool is never without a lead. Make somebody else the lead first.")


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
    tag = request.GET.get("tag", "")[:100]
    if tag:
        topics = topics.filter(tags__name=tag)
    person = request.user
    topics = reading_place.with_place(topics, person)
    context = {
        "page": pool,
        "title": pool.title,
        "state": state,
        "tag": tag,
        "rows": Paginator(topics, PAGE_SIZE).get_page(request.GET.get("page")),
        "levels": Watch.Level.choices,
        "level": _level(person, pool),
        "mail": mail.address_of(pool),
        "serving": pool.memberships.serving().select_related("person").order_by("-role"),
        "my_role": pool_roles(person).get(pool.code, ""),
        "entry": person.is_authenticated
        and not rules.serves(person, pool)
        and serving.entry_met(pool, person),
        "crumbs": [(_("Pools and questions"), reverse("forums:pools")), (pool.title, None)],
    }
    return render(request, "forums/pool.html", context)


def _level(person, pool: ExpertPool) -> int | None:
    """What the reader said of the pool."""
    return pool.watches.filter(person=person.pk).values_list("level", flat=True).first()


@login_required
@require_POST
def join(request, pk):
    """Become a member of a pool, or leave it."""
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    form = SwitchForm(request.POST)
    if form.is_valid() and form.cleaned_data["value"]:
        membership.join(pool, person=request.user)
    elif form.is_valid():
        try:
            membership.leave(pool, person=request.user)
        except membership.LastLeadError:
            messages.error(request, LAST_LEAD)
    return redirect(pool.address)


@login_required
def pool_people(request, pk):
    """Who belongs to a pool; its lead says there who serves."""
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person, role = form.cleaned_data["person"], form.cleaned_data["role"]
        try:
            membership.set_role(pool, person=person, role=role or None, by=request.user)
        except membership.LastLeadError:
            form.add_error("role", LAST_LEAD)
        else:
            messages.success(request, _("Kept: %(who)s.") % {"who": person.name})
            return redirect("forums:people", pk=pool.pk)
    rows = pool.memberships.open().select_related("person").order_by("role", "person__name")
    context = {
        "pool": pool,
        "form": form,
        "may_manage": rules.may_manage(request.user, pool),
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "former": pool.memberships.exclude(ends=None).select_related("person")[:PAGE_SIZE]
        if rules.may_manage(request.user, pool)
        else [],
        "title": _("People of %(pool)s") % {"pool": pool.title},
        "crumbs": crumbs(pool, _("People")),
    }
    return render(request, "forums/people.html", context, status=422 if form.errors else 200)


def topic_detail(request, pk, form=None, status=200, files=None, preview=""):
    person = request.user
    visible = Topic.objects.visible_to(person).for_page(person)
    topic = visible.filter(pk=pk).first()
    number = request.GET.get("post", "")
    number = int(number) if number.isdecimal() and len(number) < 10 else 0
    if topic is None:
        return _where_it_went(visible_topic(person, pk), pk, number)
    rows = Paginator(Known(topic.posts.for_page(), topic.post_count), POSTS_ON_A_PAGE)
    page = request.GET.get("page")
    if number and not page:
        if not topic.posts.filter(number=number).exists():
            post = moving.place_of(topic, number)
            if post and post.topic_id != topic.pk:
                visible_topic(person, post.topic_id)
                return redirect(post)
        if topic.post_count > POSTS_ON_A_PAGE:
            before = topic.posts.filter(number__lt=number).count()
            page = before // POSTS_ON_A_PAGE + 1
    posts = rows.get_page(page)
    sees_hidden = rules.sees_hidden(person, topic)
    shown = shown_posts(posts.object_list, person=person, sees_hidden=sees_hidden)
    files_of = attachments_of(post for post in shown if post.html)
    accepted = topic.posts.accepted().select_related("author").first()
    context = {
        "topic": topic,
        "title": topic.title,
        "rows": posts,
        "posts": [(post, files_of.get(post.pk)) for post in shown],
        "sees_hidden": sees_hidden,
        "gone": topic.has_places
        and topic.places.exclude(post__topic=topic.pk).select_related("post"),
        "accepted": accepted and accepted.number,
        "is_question": topic.kind == Topic.Kind.QUESTION,
        "overdue": topic.review_by and topic.review_by <= timezone.localdate(),
        "why": reviewing.why_obsolete(topic),
        "may_review": rules.may_review(person, topic, accepted),
        "form": form or PostForm(initial=_reply_begun(request, topic)),
        "levels": Watch.Level.choices,
        "go_on": _go_on(topic, rows.count),
        "files_form": files or writing.files_form(request),
        "writer": writing.writer_token(person),
        "preview": preview,
        "may_accept": rules.may_accept(person, topic),
        "serves": rules.serves(person, topic.pool),
        "curates": rules.may_curate(person, topic),
        "linked_data": linked_data(request, topic, shown),
        "crumbs": crumbs(topic.pool, topic.title),
    }
    if form is not None and form.errors or files is not None and files.errors:
        status = 422
    return render(request, "forums/topic.html", context, status=status)


def _reply_begun(request, topic: Topic) -> dict:
    """What the reply box begins with: a draft, or the post that is to be quoted."""
    begun = writing.begun(request, topic.get_absolute_url())
    number = request.GET.get("quote", "")
    if begun or not (number.isdecimal() and len(number) < 10):
        return begun
    shown = Post.objects.visible_to(request.user).filter(topic=topic, number=number)
    post = shown.select_related("author").first()
    return {"body": quoted(post)} if post else begun


def quoted(post: Post) -> str:
    """The text of a post as a quotation that names it, with room for the answer."""
    lines = [f"> {line}".rstrip() for line in post.body.splitlines()]
    return f"[{post.written_by} #{post.number}]({post.get_absolute_url()}):\n\n" + "\n".join(
        [*lines, "", ""]
    )


def _go_on(topic: Topic, posts: int) -> int | None:
    """The number of the first post that the reader has not read, where they read some."""
    if not topic.last_read or not posts:
        return None
    numbers = reading_place.news_after(topic, topic.last_read).values_list("number", flat=True)
    return numbers.first()


def printed(request, pk):
    """A topic on paper: all its posts, without what can be pressed."""
    topic = visible_topic(request.user, pk)
    posts = shown_posts(
        topic.posts.for_page()[:MOST_PRINTED],
        person=request.user,
        sees_hidden=rules.sees_hidden(request.user, topic),
    )
    files = attachments_of(post for post in posts if post.html)
    context = {
        "topic": topic,
        "title": topic.title,
        "posts": [(post, files.get(post.pk, [])) for post in posts],
        "address": request.build_absolute_uri(topic.get_absolute_url()),
    }
    return render(request, "forums/print.html", context)


def _where_it_went(topic: Topic, pk: int, number: int):
    """The redirect of a merged topic: to the post that had `number` there, else to its question."""
    place = PostPlace.objects.filter(topic=pk, number=number or 1).select_related("post").first()
    return redirect(place.post if place and place.post.topic_id == topic.pk else topic)


@login_required
@require_POST
def mark(request, pk, accepted):
    """Accept an answer, or take the mark away; with it goes the evidence that it gave."""
    topic = get_object_or_404(Topic.objects.visible_to(request.user), pk=pk)
    form = AcceptForm(request.POST, topic=topic)
    if not form.is_valid():
        messages.error(request, form.errors["post"][0])
        return topic_detail(request, pk, status=422)
    post = form.cleaned_data["post"]
    if accepted:
        post = services.accept_answer(post, by=request.user)
        messages.success(request, _("Accepted. This topic is solved."))
    else:
        post = services.unaccept_answer(post, by=request.user)
        messages.success(request, _("This topic is open again."))
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


class Known:
    """Rows whose number is known already, so that the pager asks for no count."""

    def __init__(self, rows, number: int):
        self.rows, self.number = rows, number

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, item: slice):
        return self.rows[item]
