"""Pages and answers of drafts: all of one's own, and the copies that the script sends."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forums import drafting, moving
from forums.draft_forms import PlacedDraftForm, RoomDraftForm
from forums.models import Draft, ExpertPool, Topic

PAGE_SIZE = 30


@login_required
def drafts(request):
    """Every text of the reader that is not posted yet, with the way on."""
    rows = Paginator(drafting.drafts_of(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    topics = [_topic_of(draft) for draft in rows]
    seen = Topic.objects.visible_to(request.user)
    seen = set(
        seen.filter(pk__in=[each.pk for each in topics if each]).values_list("pk", flat=True)
    )
    pools = set(ExpertPool.objects.visible_to(request.user).values_list("pk", flat=True))
    context = {
        "title": _("My drafts"),
        "rows": rows,
        # Where one may not go any more, the text is still there and the place has no name.
        "drafts": [
            (
                draft,
                _way_on(draft, request.user)
                if draft.room or draft.pool_id in pools or topic and topic.pk in seen
                else None,
            )
            for draft, topic in zip(rows, topics, strict=True)
        ],
        "crumbs": [(_("Pools and questions"), reverse("forums:pools")), (_("My drafts"), None)],
    }
    return render(request, "forums/drafts.html", context)


def _is(topic: Topic | None, seen: set[int]) -> bool:
    return topic is not None and topic.pk in seen


def _topic_of(draft: Draft) -> Topic | None:
    topic = draft.post.topic if draft.post else draft.topic
    return moving.last_of(topic) if topic else None


def _way_on(draft: Draft, person) -> tuple[str, str] | None:
    """What the text is for, in words, and the address of its form with the text in it."""
    query = f"?draft={draft.cid}"
    if draft.room:
        way = drafting.way_to_room(draft.room, person)
        return way and (way[0], way[1] + query)
    if draft.pool:
        name = _("Question for %(pool)s") % {"pool": draft.pool.title}
        return name, reverse("forums:ask", args=[draft.pool_id]) + query
    topic = _topic_of(draft)
    if draft.post:
        name = _("Edit in “%(topic)s”") % {"topic": topic.title}
        return name, reverse("forums:edit", args=[draft.post_id]) + query
    name = _("Reply in “%(topic)s”") % {"topic": topic.title}
    return name, reverse("forums:topic", args=[topic.pk]) + query + "#reply"


@login_required
def draft(request, cid: UUID):
    """For the script: whether the text was posted, and the copy that it sends (POST).

    409 says that a newer revision is there: the browser then keeps its text under a new cid.
    """
    if request.method == "POST":
        return _take(request, cid)
    row = drafting.of(request.user, cid)
    posted = drafting.is_posted(request.user, cid)
    state = "posted" if posted else "draft" if row else "unknown"
    # A form that outlived its session gets the token of the new one.
    return _answer(state, token=get_token(request))


def _take(request, cid: UUID):
    data = request.POST.copy()
    data["cid"] = str(cid)
    kind = RoomDraftForm if data.get("room") else PlacedDraftForm
    form = kind(data, person=request.user)
    if not form.is_valid():
        return _answer("refused", status=422, errors=form.errors)
    try:
        row = drafting.keep(person=request.user, place=form.place, **form.said())
    except drafting.DraftConflictError as error:
        return _answer("newer", status=409, revision=error.draft.revision)
    except drafting.PostedError:
        return _answer("posted")
    return _answer("draft", revision=row.revision)


def _answer(state: str, *, status: int = 200, **more):
    response = JsonResponse({"state": state, **more}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def discard(request, cid: UUID):
    """Throw a draft away, with its files."""
    drafting.discard(request.user, cid)
    return redirect("forums:drafts")
