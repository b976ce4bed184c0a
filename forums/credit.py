"""Evidence that follows an accepted answer, and leaves it again when the mark moves."""

from django.utils import timezone
from django.utils.translation import gettext as _

from competencies.models import Evidence
from competencies.services import correct_evidence, record_evidence
from forums import rules
from forums.models import Post, Topic


def give(post: Post, topic: Topic, *, by) -> None:
    """Evidence for the author on each competency that the topic names; none named, none given.

    An answer that was accepted before gets its evidence back.
    """
    if not rules.earns_evidence(post, accepted_by=by):
        return
    for competency in topic.competencies.select_related("framework"):
        level = competency.level_of_help()
        if level is None:
            continue
        first = record_evidence(
            person=post.author,
            competency=competency,
            level=level,
            kind=Evidence.Kind.ACCEPTED_ANSWER,
            source=post,
            assessor=by,
            observed_on=timezone.localdate(post.accepted_at),
        )
        correct_evidence(first, by=by, note=_("The answer is accepted again."), withdrawn=False)


def step_back(post: Post, *, by) -> None:
    """`post` is the accepted answer no longer, and its evidence goes with the mark."""
    post.accepted_at = post.accepted_by = None
    post.save(update_fields=["accepted_at", "accepted_by"])
    withdraw(post, by=by)


def withdraw(post: Post, *, by) -> None:
    """Take the evidence back that the acceptance of `post` gave; the ledger keeps both rows."""
    rows = Evidence.objects.filter(
        kind=Evidence.Kind.ACCEPTED_ANSWER,
        source_app=post._meta.app_label,
        source_id=f"{post._meta.model_name}:{post.pk}",
        supersedes=None,
    )
    for row in rows:
        correct_evidence(
            row, by=by, note=_("The answer is no longer the accepted one."), withdrawn=True
        )
