from django.conf import settings
from django.db import models
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from forums.audiences import unless_hidden
from forums.life_models import Attachment, ImportedTopic, PostPlace, TopicAct, TopicImport
from forums.personal_models import (
    Deflection,
    Draft,
    ReadingPosition,
    SentText,
    TagSynonym,
    Watch,
)
from forums.pool_models import Absence, PoolEntry, ServingProfile, SpokenLanguage
from people.models import Audience, AudienceQuerySet, Posting


class PoolIndexPage(Page):
    """The folder of all pools; people see the list at `forums:pools`."""

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["forums.ExpertPool"]
    max_count = 1

    def serve(self, request, *args, **kwargs):
        return redirect("forums:pools")


class PoolQuerySet(PageQuerySet):
    def visible_to(self, person):
        """Published pools that `person` may know of."""
        return self.live().filter(audience__in=Audience.objects.open_to(person))


class ExpertPool(Page):
    """A pool of experts: people ask it, it answers and delivers."""

    code = models.CharField(max_length=16, unique=True)
    intro = RichTextField(features=["bold", "italic", "link", "ul", "ol"])
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")

    parent_page_types = ["forums.PoolIndexPage"]
    subpage_types: list[str] = []
    template = "forums/pool.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("code"),
        FieldPanel("intro"),
        FieldPanel("audience"),
    ]

    objects = PageManager.from_queryset(PoolQuerySet)()

    @property
    def address(self) -> str:
        """Where the pool's page is. Pools stand under the one index page; Wagtail's own `url`
        asks its cache, and with it Redis, for every row of a list."""
        return f"/pools/{self.slug}/"

    @property
    def opening(self) -> str:
        """The first paragraph of the introduction: what a list of pools shows."""
        return self.intro.partition("</p>")[0].partition("<p")[2].partition(">")[2]

    @property
    def token(self) -> str:
        """The audience token of everybody with an open membership."""
        return f"pool:{self.code}"

    @property
    def serving_token(self) -> str:
        """The audience token of its experts and leads."""
        return f"serving:{self.code}"

    def serve(self, request, *args, **kwargs):
        from forums.views import pool_detail  # noqa: PLC0415 (views read these models)

        return pool_detail(request, self)


class MembershipQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ends__isnull=True)

    def serving(self):
        """Experts and leads: those whom a question is for."""
        return self.open().filter(role__in=["expert", "lead"])


class PoolMembership(models.Model):
    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        EXPERT = "expert", _("Expert")
        LEAD = "lead", _("Lead")

    pool = models.ForeignKey(ExpertPool, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="pool_memberships"
    )
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    starts = models.DateField(default=timezone.localdate)
    ends = models.DateField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["pool", "person__employee_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "person"],
                condition=Q(ends__isnull=True),
                name="forums_one_open_membership_in_a_pool",
            )
        ]

    def __str__(self):
        return f"{self.person}, {self.get_role_display()}"


def _count_of(rows, field: str):
    """How many different `field` the `rows` of a topic have, as a subquery of a topic."""
    of_the_topic = rows.filter(topic=models.OuterRef("pk")).order_by().values("topic")
    return models.Subquery(of_the_topic.values(number=models.Count(field, distinct=True)))


class TopicQuerySet(AudienceQuerySet):
    def visible_to(self, person):
        """Topics that `person` may know of; one that was merged lives on in another.

        A hidden one is there for its asker and those who look after it.
        """
        rows = super().visible_to(person).filter(merged_into__isnull=True)
        return rows.filter(unless_hidden(person, author="asker", pool="pool"))

    def for_page(self, person):
        """Topics with all that a topic's page says beside its posts, in the same query."""
        same = SameProblem.objects.filter(topic=models.OuterRef("pk"))
        watches = Watch.objects.filter(topic=models.OuterRef("pk"), person=person.pk)
        read = ReadingPosition.objects.filter(topic=models.OuterRef("pk"), person=person.pk)
        return self.select_related("asker", "pool").annotate(
            post_count=_count_of(Post.objects.all(), "pk"),
            same=_count_of(SameProblem.objects.all(), "pk"),
            same_agencies=_count_of(
                SameProblem.objects.filter(person__postings__ends__isnull=True),
                "person__postings__organisation",
            ),
            has_same=models.Exists(same.filter(person=person.pk)),
            watch_level=models.Subquery(watches.values("level")[:1]),
            last_read=models.Subquery(read.values("last_read")[:1]),
            has_places=models.Exists(PostPlace.objects.filter(topic=models.OuterRef("pk"))),
        )

    def with_counts(self):
        """Topics with what a list shows of them: answers, solved, who asked."""
        accepted = Post.objects.accepted().filter(topic=models.OuterRef("pk"))
        return (
            self.select_related("asker", "pool")
            .annotate(
                answers=models.Count("posts", filter=Q(posts__number__gt=1), distinct=True),
                solved=models.Exists(accepted),
            )
            .prefetch_related("tags")
            .order_by("-updated", "-pk")
        )


class Topic(models.Model):
    """A question or a discussion; its text is its first post."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("Question")
        DISCUSSION = "discussion", _("Discussion")

    pool = models.ForeignKey(ExpertPool, models.PROTECT, related_name="topics")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.QUESTION)
    title = models.CharField(max_length=200)
    # Nobody where the topic was brought in and its author is not known here: then the name stands.
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="topics", null=True
    )
    asker_name = models.CharField(max_length=100, blank=True)
    audience = models.ForeignKey(Audience, models.PROTECT, related_name="+")
    competencies = models.ManyToManyField(
        "competencies.Competency", related_name="topics", blank=True
    )
    tags = TaggableManager(blank=True)
    cid = models.UUIDField()
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="merged", null=True, editable=False
    )
    # Who sees to it that a question is answered; nobody: the leads of the pool.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, editable=False
    )
    review_by = models.DateField(null=True, editable=False)
    obsolete_at = models.DateTimeField(null=True, editable=False)
    hidden_at = models.DateTimeField(null=True, editable=False)  # as its question is

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["-updated", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["asker", "cid"], name="forums_topic_cid_once"),
            models.CheckConstraint(
                condition=Q(asker__isnull=False, asker_name="")
                | (Q(asker__isnull=True) & ~Q(asker_name="")),
                name="forums_a_topic_has_an_asker_or_a_name",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("pk")),
                name="forums_a_topic_is_not_merged_into_itself",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def asked_by(self) -> str:
        """The name of whoever asked, known here or not."""
        return self.asker.name if self.asker else self.asker_name

    def get_absolute_url(self):
        return reverse("forums:topic", args=[self.pk])


def address_of_post(number: int) -> str:
    """What follows the address of a topic: a post by its number, for the server and the browser."""
    return f"?post={number}#post-{number}"


class PostQuerySet(models.QuerySet):
    def accepted(self):
        return self.filter(accepted_at__isnull=False)

    def visible_to(self, person):
        """Posts that `person` may read: of the topics they see, those that are not hidden."""
        rows = self.filter(topic__in=Topic.objects.visible_to(person))
        return rows.filter(unless_hidden(person, author="author", pool="topic__pool"))

    def for_page(self):
        """What a topic's page shows of each post, as light rows: there may be hundreds."""
        posting = Posting.objects.open().filter(person=models.OuterRef("author"))
        agency = posting.values("organisation__name")[:1]
        return (
            self.annotate(agency=models.Subquery(agency))
            .order_by("number")
            .values_list(
                *("pk", "number", "author_id", "author__name", "author__employee_id", "agency"),
                *("author_name", "imported", "html", "revision", "created", "accepted_at"),
                *("hidden_at", "redacted_at", "redacted_by__name"),
                named=True,
            )
        )


class Post(models.Model):
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="posts")
    number = models.PositiveIntegerField()  # 1 is the question itself
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="posts", null=True
    )
    author_name = models.CharField(max_length=100, blank=True)  # as with the asker of a topic
    imported = models.BooleanField(default=False, editable=False)  # written elsewhere
    body = models.TextField()
    html = models.TextField(editable=False)  # rendered once, shown often
    cid = models.UUIDField()
    revision = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    hidden_at = models.DateTimeField(null=True, editable=False)  # forums/moderating.py
    redacted_at = models.DateTimeField(null=True, editable=False)
    redacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["topic", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "number"], name="forums_number_once_in_a_topic"
            ),
            models.UniqueConstraint(fields=["author", "cid"], name="forums_post_cid_once"),
            models.UniqueConstraint(
                fields=["topic"],
                condition=Q(accepted_at__isnull=False),
                name="forums_one_accepted_answer_per_topic",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(number__gt=1),
                name="forums_a_question_is_not_its_own_answer",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False, author_name="")
                | (Q(author__isnull=True) & ~Q(author_name="")),
                name="forums_a_post_has_an_author_or_a_name",
            ),
        ]

    def __str__(self):
        return self.topic.title

    def get_absolute_url(self):
        """Names the post to the server too: a page of posts is chosen, a moved post is found."""
        return reverse("forums:topic", args=[self.topic_id]) + address_of_post(self.number)

    @property
    def written_by(self) -> str:
        """The name of its author, known here or not."""
        return self.author.name if self.author else self.author_name


class PostRevision(models.Model):
    """What a post said before an edit."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200, blank=True)  # of the topic, before an edit of post 1
    body = models.TextField()
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    redacted_at = models.DateTimeField(null=True)  # forums/moderating.py
    redacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    redacted_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="forums_revision_once"),
            models.CheckConstraint(
                condition=Q(redacted_at__isnull=True) | Q(body=""),
                name="forums_a_redacted_version_says_nothing",
            ),
        ]

    def __str__(self):
        return f"{self.post} #{self.number}"


class SameProblem(models.Model):
    """ "I have this too", once to a person."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="same_problem")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "person"], name="forums_same_problem_once")
        ]

    def __str__(self):
        return f"{self.person}: {self.topic}"


__all__ = [
    "Absence",
    "Attachment",
    "Deflection",
    "Draft",
    "ExpertPool",
    "ImportedTopic",
    "PoolEntry",
    "PoolIndexPage",
    "PoolMembership",
    "Post",
    "PostPlace",
    "PostRevision",
    "ReadingPosition",
    "SentText",
    "SameProblem",
    "ServingProfile",
    "SpokenLanguage",
    "TagSynonym",
    "Topic",
    "TopicAct",
    "TopicImport",
    "Watch",
]
