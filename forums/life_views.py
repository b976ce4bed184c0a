"""Pages of what happens to a topic over its life: curating, reviewing, waiting, history."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forums import diffs, moderating, moving, reviewing, rules, services
from forums.forms import SwitchForm
from forums.life_forms import (
    MergeForm,
    MoveForm,
    ObsoleteForm,
    RedactVersionForm,
    RestoreForm,
    ReviewForm,
    SplitForm,
)
from forums.models import ExpertPool, Post, PostRevision, Topic, TopicAct
from forums.pages import crumbs, visible_post, visible_topic

PAGE_SIZE = 30
REVISIONS_ON_A_PAGE = 10


# --- Merge, split, move, undo -----------------------------------------------------------------


def _curated(request, pk) -> Topic:
    topic = visible_topic(request.user, pk)
    if not rules.may_curate(request.user, topic):
        raise PermissionDenied(_("Only experts and leads of the pool look after its topics."))
    return topic


@login_required
def curate(request, pk, **bound):
    """Everything that experts and leads can do to a topic, and what was done to it."""
    topic = _curated(request, pk)
    person = request.user
    acts = topic.acts.select_related("by", "other__pool", "undone_by") | TopicAct.objects.filter(
        other=topic
    ).select_related("by", "topic__pool", "undone_by")
    rows = [
        (act, not hasattr(act, "undone_by") and moving.may_undo(act))
        for act in acts.distinct().order_by("-at", "-pk")[:50]
    ]
    context = {
        "topic": topic,
        "title": _("Look after: %(title)s") % {"title": topic.title},
        "merge": MergeForm(topic=topic, person=person, prefix="merge"),
        "split": SplitForm(topic=topic, prefix="split"),
        "move": MoveForm(topic=topic, person=person, prefix="move"),
        "obsolete": ObsoleteForm(prefix="obsolete"),
        "review": ReviewForm(prefix="review", initial={"day": topic.review_by}),
        "acts": rows,
        "crumbs": crumbs(topic.pool, (topic.title, topic.get_absolute_url()), _("Look after")),
    } | bound
    return render(request, "forums/curate.html", context, status=422 if bound else 200)


@login_required
@require_POST
def merge(request, pk):
    topic = _curated(request, pk)
    form = MergeForm(request.POST, topic=topic, person=request.user, prefix="merge")
    if form.is_valid():
        data = form.cleaned_data
        try:
            moving.merge(topic, into=data["topic"], by=request.user, reason=data["reason"])
        except (moving.MovingError, PermissionDenied) as error:
            form.add_error("into", str(error))
        else:
            messages.success(request, _("Merged. It can be undone for seven days."))
            return redirect(data["topic"])
    return curate(request, pk, merge=form)


@login_required
@require_POST
def split(request, pk):
    topic = _curated(request, pk)
    form = SplitForm(request.POST, topic=topic, prefix="split")
    if form.is_valid():
        try:
            act = moving.split(topic, **form.cleaned_data, by=request.user)
        except moving.MovingError as error:
            form.add_error("posts", str(error))
        else:
            messages.success(request, _("Split. It can be undone for seven days."))
            return redirect(act.other or topic)
    return curate(request, pk, split=form)


@login_required
@require_POST
def move(request, pk):
    topic = _curated(request, pk)
    form = MoveForm(request.POST, topic=topic, person=request.user, prefix="move")
    if form.is_valid():
        try:
            moving.move(topic, **form.cleaned_data, by=request.user)
        except moving.MovingError as error:
            form.add_error("pool", str(error))
        else:
            messages.success(request, _("Moved. It can be undone for seven days."))
            return redirect(topic)
    return curate(request, pk, move=form)


@login_required
@require_POST
def undo(request, pk):
    """Take one act back; its number is in the address."""
    act = get_object_or_404(TopicAct.objects.select_related("topic", "other"), pk=pk)
    topic = visible_topic(request.user, act.topic_id)
    try:
        moving.undo(act, by=request.user)
    except moving.MovingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Undone."))
    return redirect("forums:curate", pk=topic.pk)


# --- Still true, obsolete, whose it is --------------------------------------------------------


@login_required
@require_POST
def confirm(request, pk):
    topic = reviewing.confirm(visible_topic(request.user, pk), by=request.user)
    messages.success(request, _("Kept: this is still true. It comes up again in a year."))
    return redirect("forums:stale" if "queue" in request.POST else topic)


@login_required
@require_POST
def obsolete(request, pk):
    topic = _curated(request, pk)
    form = ObsoleteForm(request.POST, prefix="obsolete")
    if not form.is_valid():
        return curate(request, pk, obsolete=form)
    return redirect(reviewing.mark_obsolete(topic, by=request.user, **form.cleaned_data))


@login_required
@require_POST
def review(request, pk):
    topic = _curated(request, pk)
    form = ReviewForm(request.POST, prefix="review")
    if not form.is_valid():
        return curate(request, pk, review=form)
    return redirect(reviewing.set_review_date(topic, by=request.user, **form.cleaned_data))


@login_required
def stale(request):
    """What this person should look at again: the queue of owners."""
    rows = reviewing.stale_for(request.user)
    context = {
        "title": _("Is it still true?"),
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "crumbs": [(_("Pools and questions"), reverse("forums:pools")), (_("To review"), None)],
    }
    return render(request, "forums/stale.html", context)


@login_required
def waiting(request, pk):
    """Questions of a pool that nobody answered, each with a clock and an owner."""
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    rows = Paginator(reviewing.waiting_in(pool, request.user), PAGE_SIZE)
    page = rows.get_page(request.GET.get("page"))
    context = {
        "pool": pool,
        "title": _("Waiting for an answer: %(pool)s") % {"pool": pool.title},
        "rows": page,
        "clocks": reviewing.clocks_of(list(page)),
        "leads": reviewing.leads_of(pool),
        "serves": rules.serves(request.user, pool),
        "crumbs": crumbs(pool, _("Waiting")),
    }
    return render(request, "forums/waiting.html", context)


@login_required
@require_POST
def take(request, pk):
    topic = visible_topic(request.user, pk)
    form = SwitchForm(request.POST)
    if form.is_valid():
        topic = reviewing.set_owner(topic, person=request.user, value=form.cleaned_data["value"])
        if topic.owner_id not in (None, request.user.pk):
            messages.warning(request, _("%(who)s was first.") % {"who": topic.owner})
    return redirect("forums:waiting", pk=topic.pool_id)


# --- History of a post ------------------------------------------------------------------------


@login_required
def history(request, pk, status=200):
    """Every version of a post, with what each edit changed."""
    post = visible_post(request.user, pk)
    revisions = list(post.revisions.select_related("editor", "redacted_by"))
    pages = Paginator(range(len(revisions)), REVISIONS_ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    changes = [
        (revisions[place], _change(revisions[place], revisions[place - 1] if place else post))
        for place in page
    ]
    context = {
        "post": post,
        "changes": changes,
        "rows": page,
        "may_edit": rules.may_edit(request.user, post),
        "may_redact": rules.may_redact_version(request.user, post),
        "title": _("Edit history: %(title)s") % {"title": post.topic.title},
        "crumbs": crumbs(
            post.topic.pool, (post.topic.title, post.get_absolute_url()), _("Edit history")
        ),
    }
    return render(request, "forums/history.html", context, status=status)


def _change(old: PostRevision, new: PostRevision | Post) -> list[diffs.Piece]:
    """What an edit changed; nothing is compared with what was redacted."""
    if old.redacted_at or new.redacted_at:
        return [diffs.Piece("same", old.body)]
    return diffs.word_diff(old.body, new.body)


@login_required
def redact_version(request, pk):
    """Take one version of a post out for good: what it says is shown once more, to be sure."""
    rows = PostRevision.objects.select_related("post__topic__pool", "editor")
    version = get_object_or_404(rows, pk=pk)
    post = visible_post(request.user, version.post_id)
    if not rules.may_redact_version(request.user, post):
        raise PermissionDenied(
            _("Only leads of the pool and moderators redact a version, of what others wrote.")
        )
    form = RedactVersionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        moderating.redact_version(version, by=request.user, reason=reason)
        messages.success(request, _("The version is gone. Its author is told."))
        return redirect("forums:history", pk=post.pk)
    if version.redacted_at:
        return redirect("forums:history", pk=post.pk)
    context = {
        "version": version,
        "form": form,
        "title": _("Redact version %(number)d") % {"number": version.number},
        "crumbs": crumbs(
            post.topic.pool,
            (post.topic.title, post.get_absolute_url()),
            (_("Edit history"), reverse("forums:history", args=[post.pk])),
            _("Redact"),
        ),
    }
    return render(
        request, "forums/redact_version.html", context, status=422 if form.errors else 200
    )


@login_required
@require_POST
def restore(request, pk):
    post = visible_post(request.user, pk)
    form = RestoreForm(request.POST, post=post)
    if not form.is_valid():
        messages.error(request, _("Choose a version of this post."))
        return history(request, pk, status=422)
    post = services.restore(post, form.cleaned_data["revision"], by=request.user)
    messages.success(request, _("The version is back; what stood there before is kept too."))
    return redirect(post)
