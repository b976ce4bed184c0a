from django.db import models
from django.utils import timezone

from people.models import Audience


class SearchDocument(models.Model):
    """One thing that can be found: the embedded engine's row, and what Elasticsearch is fed from.

    Its full-text index (FTS5 on SQLite, tsvector on PostgreSQL) is kept by triggers, so it
    changes in the transaction of the row.
    """

    class State(models.TextChoices):
        CURRENT = "current"
        SOLVED = "solved"
        OBSOLETE = "obsolete"

    key = models.CharField(max_length=80, unique=True)  # such as "topic:17", "slide:4:12"
    kind = models.CharField(max_length=20)
    group = models.CharField(max_length=80, blank=True)  # results of one group stand together
    title = models.TextField()
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300)
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    pool = models.CharField(max_length=16, blank=True)
    agency = models.CharField(max_length=200, blank=True)
    author = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.CURRENT)
    when = models.DateTimeField(db_column="dated")  # WHEN is a word of SQL
    version = models.PositiveBigIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["kind"]), models.Index(fields=["audience"])]

    def __str__(self):
        return self.title


class SearchTerm(models.Model):
    """A word that documents use, so that a typo can be told from a rare word."""

    term = models.CharField(max_length=64, unique=True)
    documents = models.PositiveIntegerField(default=1)

    def __str__(self):
        return self.term


class SearchTermKey(models.Model):
    """The keys of a word: itself and all its one-letter deletions."""

    key = models.CharField(max_length=64, db_index=True)
    term = models.ForeignKey(SearchTerm, models.CASCADE, related_name="keys")

    def __str__(self):
        return self.key


class SearchOutbox(models.Model):
    """A change that Elasticsearch has not heard of, written in the transaction of the change."""

    class Action(models.TextChoices):
        INDEX = "index"
        DELETE = "delete"

    key = models.CharField(max_length=80)
    action = models.CharField(max_length=8, choices=Action)
    version = models.PositiveBigIntegerField()
    created = models.DateTimeField(default=timezone.now)
    # A change that Elasticsearch refused stays here and is offered again, later each time.
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["due"], name="search_outbox_due")]

    def __str__(self):
        return f"{self.action} {self.key}"
