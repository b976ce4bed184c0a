"""What a reader follows: how far they read, what they watch, and news in an open topic."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from forums import reading_place, services
from forums.forms import LevelForm, ReadForm
from forums.models import ExpertPool, Topic, Watch
from forums.pages import visible_tag, visible_topic
from people.models import User

PAGE_SIZE = 50


@login_required
@require_POST
def read(request, pk):
    """How far the reader came: from the script, which wants no page, or from the button."""
    topic = visible_topic(request.user, pk)
    form = ReadForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    number = form.cleaned_data["number"]
    now = reading_place.read_up_to(topic, person=request.user, number=number)
    if "quietly" in request.POST:
        return HttpResponse(status=204)
    return redirect(reverse("forums:topic", args=[topic.pk]) + f"?post={now}#post-{now}")


def news(request, pk):
    """For the script on an open topic: how many posts came after the number that it shows."""
    topic = visible_topic(request.user, pk)
    form = ReadForm({"number": request.GET.get("after")})
    if not form.is_valid():
        return JsonResponse({}, status=422)
    found = reading_place.news_after(topic, form.cleaned_data["number"])
    answer = found.order_by().aggregate(count=Count("pk"), last=Max("number"))
    first = found.values_list("number", flat=True).first()
    response = JsonResponse(answer | {"first": first})
    response["Cache-Control"] = "no-store"
    return response


@login_required
def watches(request):
    """All that the reader watches, tracks or muted, each with its level."""
    rows = Watch.objects.filter(person=request.user).select_related("author", "tag", "pool")
    rows = Paginator(rows.select_related("topic").order_by("-pk"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    topics = Topic.objects.visible_to(request.user).filter(pk__in=[row.topic_id for row in rows])
    pools = ExpertPool.objects.visible_to(request.user)
    seen = set(topics.values_list("pk", flat=True)), set(pools.values_list("pk", flat=True))
    shown = [(row, thing) for row in rows if (thing := _thing(row, *seen))]
    context = {
        "title": _("What I watch"),
        "rows": rows,
        "watches": shown,
        "levels": Watch.Level.choices,
        "crumbs": [(_("Pools and questions"), reverse("forums:pools")), (_("What I watch"), None)],
    }
    return render(request, "forums/watches.html", context)


def _thing(row: Watch, topics: set[int], pools: set[int]) -> tuple | None:
    """(what it is, its name, its address, where its level is set); nothing one may not see."""
    if row.topic_id:
        if row.topic_id not in topics:
            return None
        action = reverse("forums:watch_topic", args=[row.topic_id])
        return _("Topic"), row.topic.title, row.topic.get_absolute_url(), action
    if row.author_id:
        action = reverse("forums:watch_person", args=[row.author_id])
        return _("Person"), row.author.name, row.author.get_absolute_url(), action
    if row.tag_id:
        action = reverse("forums:watch_tag", args=[row.tag.name])
        return _("Tag"), row.tag.name, reverse("forums:tag", args=[row.tag.name]), action
    if row.pool_id not in pools:
        return None
    return (
        _("Pool"),
        row.pool.title,
        row.pool.address,
        reverse("forums:watch_pool", args=[row.pool_id]),
    )


@login_required
@require_POST
def watch_topic(request, pk):
    return _set(request, visible_topic(request.user, pk))


@login_required
@require_POST
def watch_pool(request, pk):
    return _set(request, get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk))


@login_required
@require_POST
def watch_tag(request, tag):
    return _set(request, visible_tag(request.user, tag))


@login_required
@require_POST
def watch_person(request, pk):
    return _set(request, get_object_or_404(User.objects.filter(is_active=True), pk=pk))


def _set(request, thing):
    form = LevelForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("There is no such level."), status=422, content_type="text/plain")
    services.set_level(request.user, thing, form.cleaned_data["level"])
    if "back" in request.POST:
        return redirect("forums:watches")
    return redirect(thing.address if isinstance(thing, ExpertPool) else _page_of(thing))


def _page_of(thing) -> str:
    if isinstance(thing, Topic | User):
        return thing.get_absolute_url()
    return reverse("forums:tag", args=[thing.name])
