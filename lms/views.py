"""Home, "my page", error pages and the two health addresses."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

import certification.queries
import competencies.queries
import courses.queries
import desk.advisories.queries
import desk.queries
import events.reviewing
from assessments.queries import open_attempts_for
from courses.models import Enrolment
from events.queries import open_actions_for, upcoming_for
from forums.audiences import pools_served
from forums.models import ExpertPool
from forums.pages import crumbs
from forums.queries import new_in_pools, unanswered_for
from live.queries import open_or_upcoming_for
from lms import inbox
from lms.models import Heartbeat

WORKER_SILENCE = timedelta(minutes=2)


def home(request):
    if request.user.is_authenticated:
        return redirect("my_page")
    return render(request, "lms/home.html", {"title": _("Learn from each other")})


def about(request):
    return render(request, "lms/about.html", {"title": _("About and help")})


@login_required
def my_page(request):
    """What is due, what waits for me, what lapses, what is new in my pools."""
    person = request.user
    context = {
        "title": _("My page"),
        "attempts": open_attempts_for(person),
        "actions": open_actions_for(person),
        "slides": events.reviewing.waiting_for(person),
        "requests": desk.queries.waiting_for(person),
        "advisories": desk.advisories.queries.due_for(person),
        "queues": desk.queries.queue_counts(person),
        "unanswered": unanswered_for(person),
        "notices": person.notices.unread()[:8],
        "begun": courses.queries.progress_of(person),
        "sessions": open_or_upcoming_for(person),
        "upcoming": upcoming_for(person),
        "lapsing": competencies.queries.lapsing_for(person),
        "certificates": certification.queries.lapsing_for(person),
        "new_topics": new_in_pools(person),
    }
    return render(request, "lms/my_page.html", context)


@login_required
def my_learning(request):
    """What is due, what was offered, what I am in, what I completed, and what lapses."""
    person = request.user
    context = {
        "title": _("My learning"),
        "due": courses.queries.due_for(person),
        "invitations": courses.queries.invitations_for(person),
        "begun": courses.queries.progress_of(person),
        "paused": courses.queries.progress_of(person, Enrolment.State.PAUSED),
        "completed": person.completions.newest_first().select_related("course", "course_version"),
        "certificates": certification.queries.lapsing_for(person),
        "lapsing": competencies.queries.lapsing_with_steps(person),
        "crumbs": [(_("My page"), reverse("my_page")), (_("My learning"), None)],
    }
    return render(request, "lms/my_learning.html", context)


@login_required
def my_inbox(request):
    """What waits for me as an expert or lead."""
    context = inbox.inbox_of(request.user) | {
        "title": _("What waits for me in my pools"),
        "serves": bool(pools_served(request.user)),
        "crumbs": [(_("My page"), reverse("my_page")), (_("My pools"), None)],
    }
    return render(request, "lms/my_inbox.html", context)


@login_required
def pool_state(request, pk):
    """How a pool stands: what waits, what is owed, what went stale, what is to come."""
    pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=pk)
    context = inbox.state_of(pool, request.user) | {
        "title": _("How %(pool)s stands") % {"pool": pool.title},
        "pool": pool,
        "crumbs": crumbs(pool, _("How it stands")),
    }
    return render(request, "lms/pool_state.html", context)


def healthz(request):
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    """The parts answer: database, migrations, worker. 503 names what does not."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    beat = Heartbeat.objects.filter(at__gte=timezone.now() - WORKER_SILENCE).exists()
    parts = {"database": "ok", "migrations": "waiting" if waiting else "ok"}
    parts["worker"] = "ok" if beat else "silent"
    ready = set(parts.values()) == {"ok"}
    return JsonResponse(parts, status=200 if ready else 503)


def bad_request(request, exception):
    return render(request, "400.html", status=400)


def forbidden(request, exception):
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_found(request, exception):
    return render(request, "404.html", status=404)


def server_error(request):
    """Asks nothing of whoever looks: the database may be what broke."""
    return HttpResponseServerError(render_to_string("500.html"))
