from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.search import index

from assessments import states
from assessments.second_marking import Round
from people import inert
from people.storage import private_files


class Category(models.Model):
    """A shelf of the question bank, such as "finding-the-fault/dns"."""

    slug = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.slug


class Tag(models.Model):
    """A word by which questions are found and drawn, beside their category."""

    slug = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.slug


class Question(index.Indexed, models.Model):
    """A question of the bank under a name that lasts; what it says lies in its versions."""

    class Difficulty(models.IntegerChoices):
        EASY = 1, _("easy")
        MEDIUM = 2, _("medium")
        HARD = 3, _("hard")

    ident = models.SlugField(_("name"), max_length=120, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="questions")
    title = models.CharField(_("title"), max_length=250, blank=True)
    tags = models.ManyToManyField(Tag, related_name="questions", blank=True)
    competency = models.ForeignKey(
        "competencies.Competency",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("competency"),
    )
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Difficulty, null=True, blank=True
    )
    current = models.ForeignKey(
        "QuestionVersion", models.PROTECT, null=True, related_name="+", editable=False
    )
    retired = models.BooleanField(default=False)  # drawn no more, kept for old attempts

    search_fields = [index.SearchField("ident"), index.AutocompleteField("ident")]

    class Meta:
        ordering = ["ident"]

    def __str__(self):
        return self.ident

    def get_absolute_url(self):
        return reverse("assessments:question", args=[self.ident])


class QuestionVersion(models.Model):
    """What a question said at one time. Never changed: the database refuses it."""

    class Type(models.TextChoices):
        SINGLE_CHOICE = "single_choice", _("Single choice")
        MULTIPLE_RESPONSE = "multiple_response", _("Multiple response")
        TRUE_FALSE = "true_false", _("True or false")
        SHORT_ANSWER = "short_answer", _("Short answer")
        NUMERICAL = "numerical", _("Number")
        MATCHING = "matching", _("Matching")
        ORDERING = "ordering", _("Ordering")
        CLOZE = "cloze", _("Text with gaps")
        ESSAY = "essay", _("Essay")
        FILE = "file", _("File")
        OBSERVATION = "observation", _("Practical observation")
        DESCRIPTION = "description", _("Text without a question")

    question = models.ForeignKey(Question, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=20, choices=Type)
    stem = models.TextField()
    content = models.JSONField()  # see assessments/marking.py
    feedback = models.TextField(blank=True)  # shown for right and wrong
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["question", "number"], name="assessments_version_number_once"
            )
        ]

    def __str__(self):
        return f"{self.question}, version {self.number}"


class QuestionImport(models.Model):
    """A file of questions that an author brought: seen first, then taken."""

    name = models.CharField(max_length=200)
    form = models.CharField(max_length=20)  # one of assessments.formats.FORMATS, or "auto"
    bank = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()  # emptied once taken
    counts = models.JSONField(default=dict)
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="question_imports"
    )
    brought_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("assessments:brought", args=[self.pk])


class Quiz(index.Indexed, models.Model):
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(_("title"), max_length=200)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark in percent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    attempts_allowed = models.PositiveSmallIntegerField(_("attempts allowed"), default=3)
    grace_seconds = models.PositiveSmallIntegerField(
        default=30, help_text=_("An answer that was on its way at the deadline still counts.")
    )
    heartbeat_seconds = models.PositiveSmallIntegerField(
        _("seconds between signs of life"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("How often the page of a sitting tells the server that it is there."),
    )
    lost_time_cap_minutes = models.PositiveSmallIntegerField(
        _("lost time given back, minutes at the most"),
        default=10,
        help_text=_("After a power cut the server gives back what was lost, up to this."),
    )
    blind_marking = models.BooleanField(
        _("blind marking"), default=True, help_text=_("Markers do not see whose answer it is.")
    )
    tolerance_percent = models.PositiveSmallIntegerField(
        _("markers may differ by, percent of an answer"),
        default=10,
        validators=[MaxValueValidator(100)],
        help_text=_("Where two markers differ by more, a third one decides."),
    )

    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "quizzes"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("assessments:quiz", args=[self.slug])


class QuizDraw(models.Model):
    """So many questions that fit: of a category, with a tag, of a difficulty, of a competency."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="draws")
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="draws", null=True, blank=True
    )
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="draws", null=True, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        _("difficulty"), choices=Question.Difficulty, null=True, blank=True
    )
    competency = models.ForeignKey(
        "competencies.Competency", models.PROTECT, related_name="draws", null=True, blank=True
    )
    count = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["quiz", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "category"],
                condition=Q(tag__isnull=True, difficulty__isnull=True, competency__isnull=True),
                name="assessments_whole_category_once_in_a_quiz",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False)
                | Q(tag__isnull=False)
                | Q(difficulty__isnull=False)
                | Q(competency__isnull=False),
                name="assessments_draw_says_of_what",
            ),
        ]

    def __str__(self):
        parts = [self.category, self.tag, self.get_difficulty_display(), self.competency]
        return f"{self.count} of {', '.join(str(part) for part in parts if part)}"

    def questions(self) -> models.QuerySet:
        """The questions that may be drawn: in use, and all that this draw asks for."""
        found = Question.objects.filter(retired=False, current__isnull=False)
        if self.category_id:
            found = found.filter(category=self.category_id)
        if self.tag_id:
            found = found.filter(tags=self.tag_id)
        if self.difficulty:
            found = found.filter(difficulty=self.difficulty)
        if self.competency_id:
            found = found.filter(competency=self.competency_id)
        return found


class Accommodation(models.Model):
    """What a person needs to be examined fairly: more time, a language, larger letters."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="accommodation"
    )
    extra_percent = models.PositiveSmallIntegerField(
        _("extra time in percent"), default=0, validators=[MaxValueValidator(100)]
    )
    language = models.CharField(
        _("language of the exam page"), max_length=8, choices=settings.LANGUAGES, blank=True
    )
    large_print = models.BooleanField(_("large print"), default=False)
    reason = models.CharField(_("reason"), max_length=300)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["person"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(given_by=F("person")),
                name="assessments_nobody_accommodates_themselves",
            )
        ]

    def __str__(self):
        return f"{self.person}: +{self.extra_percent} %"


class Attempt(models.Model):
    """One sitting. Its set, its seed and its deadline are made at the start, on the server.

    Its states and what leads from one to the next stand in assessments/states.py.
    """

    class State(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        IN_PROGRESS = "in_progress", _("In progress")
        INTERRUPTED = "interrupted", _("Interrupted")
        OVERDUE = "overdue", _("Time is up")
        SUBMITTED = "submitted", _("Handed in")
        MARKING = "marking", _("Being marked")
        FINISHED = "finished", _("Finished")
        ABANDONED = "abandoned", _("Given up")
        VOIDED = "voided", _("Void")

    quiz = models.ForeignKey(Quiz, models.PROTECT, related_name="attempts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    cid = models.UUIDField()
    seed = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.IN_PROGRESS)
    started_at = models.DateTimeField(null=True)  # none while not started
    deadline = models.DateTimeField(null=True)  # moves when time is granted
    paused_at = models.DateTimeField(null=True, editable=False)  # by an invigilator
    submitted_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True)
    finished_by_clock = models.BooleanField(default=False)
    score_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["person", "cid"], name="assessments_attempt_cid_once"),
            models.UniqueConstraint(
                fields=["person", "quiz", "number"], name="assessments_attempt_number_once"
            ),
            models.UniqueConstraint(
                fields=["person", "quiz"],
                condition=Q(state__in=sorted(state.value for state in states.OPEN)),
                name="assessments_one_open_attempt_to_a_quiz",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["not_started", "abandoned", "voided"])
                | Q(started_at__isnull=False, deadline__isnull=False),
                name="assessments_a_sitting_has_its_clock",
            ),
            models.CheckConstraint(
                condition=Q(deadline__gt=F("started_at")),
                name="assessments_deadline_after_start",
            ),
        ]

    def __str__(self):
        return f"{self.quiz}, attempt {self.number}"

    def get_absolute_url(self):
        return reverse("assessments:attempt", args=[self.pk])

    def ends_at(self) -> datetime:
        """The deadline of a sitting; only what was never begun has none."""
        return self.deadline

    def closes_at(self) -> datetime:
        """The last moment at which an answer counts."""
        return self.ends_at() + timedelta(seconds=self.quiz.grace_seconds)

    def is_open(self, now: datetime) -> bool:
        return self.state in states.SAT and self.paused_at is None and now <= self.closes_at()


class AttemptMove(models.Model):
    """A change of state: what, why, by whom and when. Only ever added."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="moves")
    verb = models.CharField(max_length=12)
    leaves = models.CharField(max_length=12, choices=Attempt.State)
    to = models.CharField(max_length=12, choices=Attempt.State)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(  # none: the server's clock
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["attempt", "pk"]

    def __str__(self):
        return f"{self.attempt}: {self.verb}"


class Heartbeat(models.Model):
    """A sign of life of a sitting's page. Only ever added; see assessments/lost_time.py."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="heartbeats", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    watched = models.BooleanField(default=True)  # its script runs, and the page is seen

    class Meta:
        ordering = ["attempt", "at", "pk"]
        indexes = [models.Index(fields=["attempt", "at"], name="assessments_beat_of_attempt")]

    def __str__(self):
        return f"{self.attempt} {self.at:%H:%M:%S}"


class TimeGrant(models.Model):
    """Time given to a sitting beyond its own, with the reason. Only ever added."""

    class Kind(models.TextChoices):
        RULE = "rule", _("rule of the quiz")
        INVIGILATOR = "invigilator", _("invigilator")
        PAUSE = "pause", _("pause")

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="grants")
    kind = models.CharField(max_length=12, choices=Kind)
    seconds = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["attempt", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="rule") | Q(by__isnull=False),
                name="assessments_a_grant_by_people_names_them",
            ),
            models.CheckConstraint(
                condition=Q(seconds__gt=0), name="assessments_a_grant_gives_something"
            ),
        ]

    def __str__(self):
        return f"{self.attempt}: {self.seconds} s"


class Slot(models.Model):
    """A question of an attempt, in the version that was drawn."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    question_version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="slots")
    share = models.DecimalField(  # of full marks, once finished
        max_digits=5, decimal_places=4, null=True, editable=False
    )
    key_version = models.ForeignKey(  # whose key marked it, where that is a corrected one
        QuestionVersion, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt", "position"], name="assessments_position_once_in_an_attempt"
            )
        ]

    def __str__(self):
        return f"{self.attempt}, question {self.position}"


class Response(models.Model):
    """What was answered, as it came in: a journal. The highest client sequence counts.

    `client` is the browser that counted the sequence; none for the page without its script.
    """

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="responses")
    client_seq = models.PositiveIntegerField()
    client = models.UUIDField(null=True)
    answer = models.JSONField(null=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slot", "client_seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "client_seq"], name="assessments_response_sequence_once"
            )
        ]

    def __str__(self):
        return f"{self.slot} #{self.client_seq}"


class AnswerFile(models.Model):
    """A file that a candidate handed in, as people/inert.py keeps it. Only ever added: the
    answer in the journal names the one that counts."""

    class Kind(models.TextChoices):
        PICTURE = inert.PICTURE, _("picture")
        TEXT = inert.TEXT, _("text")

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=120)
    file = models.FileField(storage=private_files, upload_to="answers/%Y/%m")
    size = models.PositiveIntegerField()  # bytes, as kept
    sha256 = models.CharField(max_length=64)  # of what was sent: the same file again is the same
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "sha256"], name="assessments_file_once_to_an_answer"
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("assessments:answer_file", args=[self.pk])


class Marking(models.Model):
    """An answer that a person has to mark, once for each round; a claim holds for a while."""

    class Rounds(models.IntegerChoices):
        FIRST = int(Round.FIRST), _("first marking")
        SECOND = int(Round.SECOND), _("second marking")
        MODERATION = int(Round.MODERATION), _("moderation")

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="markings")
    round = models.PositiveSmallIntegerField(choices=Rounds, default=Rounds.FIRST)
    created = models.DateTimeField(default=timezone.now)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="claimed_markings"
    )
    claimed_until = models.DateTimeField(null=True)
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="markings"
    )
    marked_at = models.DateTimeField(null=True)
    share = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    points = models.JSONField(default=list)  # one number for each criterion of the rubric
    comment = models.TextField(_("comment"), max_length=2000, blank=True)

    class Meta:
        ordering = ["created", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "round"], name="assessments_one_marking_to_a_round"
            ),
            models.UniqueConstraint(
                fields=["slot", "marker"], name="assessments_marker_once_to_an_answer"
            ),
            models.CheckConstraint(
                condition=Q(marker__isnull=True, share__isnull=True, marked_at__isnull=True)
                | Q(marker__isnull=False, share__isnull=False, marked_at__isnull=False),
                name="assessments_a_mark_has_its_marker_and_time",
            ),
        ]

    def __str__(self):
        return f"{self.slot}, {self.get_round_display()}"

    def get_absolute_url(self):
        return reverse("assessments:marking", args=[self.pk])

    def is_held_by(self, person, now) -> bool:
        return self.claimed_by_id == person.pk and now < self.claimed_until


class KeyCorrection(models.Model):
    """From now on answers to `wrong` are marked by the key of `right`, a later version."""

    wrong = models.OneToOneField(QuestionVersion, models.PROTECT, related_name="correction")
    right = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.wrong} → {self.right}"


class ScoreChange(models.Model):
    """What a corrected key does to a finished attempt. A fall below the pass mark waits until a
    second person signs it or lets the result stand."""

    class State(models.TextChoices):
        APPLIED = "applied", _("applied")
        WAITING = "waiting", _("waits for a second person")
        SIGNED = "signed", _("signed and applied")
        KEPT = "kept", _("the result stands")

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="score_changes")
    slot = models.ForeignKey(Slot, models.CASCADE, related_name="score_changes")
    key_version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="+")
    share_before = models.DecimalField(max_digits=5, decimal_places=4)
    share_after = models.DecimalField(max_digits=5, decimal_places=4)
    percent_before = models.DecimalField(max_digits=5, decimal_places=2)
    percent_after = models.DecimalField(max_digits=5, decimal_places=2)
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "attempt"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "key_version"], name="assessments_a_key_changes_a_slot_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("by")),
                name="assessments_a_fall_is_decided_by_another",
            ),
        ]

    def __str__(self):
        return f"{self.attempt}: {self.percent_before} → {self.percent_after} %"
