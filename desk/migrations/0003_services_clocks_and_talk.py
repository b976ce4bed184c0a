import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from people.append_only import append_only, lifted


def fill_dzongkhags(apps, schema_editor):
    """Requests that are there get the dzongkhag of the posting that their requester had then."""
    request_model = apps.get_model("desk", "Request")
    posting_model = apps.get_model("people", "Posting")
    for request in request_model.objects.filter(dzongkhag=None).iterator():
        postings = posting_model.objects.filter(
            person=request.requester_id, starts__lte=request.created.date()
        )
        posting = postings.order_by("-starts").first()
        if posting:
            request.dzongkhag_id = posting.dzongkhag_id
            request.save(update_fields=["dzongkhag"])


class Migration(migrations.Migration):
    dependencies = [
        ("competencies", "0003_standing_is_computed"),
        ("desk", "0002_transition_append_only"),
        ("forums", "0004_acts_append_only_and_review_dates"),
        ("people", "0006_data_saver"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        lifted("desk_transition"),
        migrations.CreateModel(
            name="SharedAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("question", models.TextField()),
                ("answer", models.TextField()),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("approved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("visit", "Visit"), ("remote", "Remote session")],
                        default="visit",
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("agreed", "Agreed"),
                            ("declined", "Does not suit"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("starts", models.DateTimeField()),
                ("minutes", models.PositiveSmallIntegerField()),
                ("place", models.CharField(max_length=200)),
                ("cid", models.UUIDField()),
                ("revision", models.PositiveIntegerField(default=0)),
                ("changed", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["request", "starts", "pk"],
            },
        ),
        migrations.AddField(
            model_name="request",
            name="answers",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="request",
            name="confidential",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="request",
            name="due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="request",
            name="due_clock",
            field=models.CharField(
                blank=True,
                choices=[
                    ("response", "First response"),
                    ("update", "Next news"),
                    ("delivery", "Delivery"),
                ],
                editable=False,
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="request",
            name="dzongkhag",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="people.dzongkhag",
            ),
        ),
        migrations.AddField(
            model_name="request",
            name="merged_into",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="desk.request",
            ),
        ),
        migrations.AlterField(
            model_name="request",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("triaged", "In the queue"),
                    ("claimed", "Claimed"),
                    ("in_work", "In work"),
                    ("waiting", "Waiting for the requester"),
                    ("delivered", "Delivered"),
                    ("accepted", "Accepted"),
                    ("reopened", "Reopened"),
                    ("closed", "Closed"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                    ("merged", "Merged"),
                ],
                db_index=True,
                default="new",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="from_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new", "New"),
                    ("triaged", "In the queue"),
                    ("claimed", "Claimed"),
                    ("in_work", "In work"),
                    ("waiting", "Waiting for the requester"),
                    ("delivered", "Delivered"),
                    ("accepted", "Accepted"),
                    ("reopened", "Reopened"),
                    ("closed", "Closed"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                    ("merged", "Merged"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="transition",
            name="to_state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("triaged", "In the queue"),
                    ("claimed", "Claimed"),
                    ("in_work", "In work"),
                    ("waiting", "Waiting for the requester"),
                    ("delivered", "Delivered"),
                    ("accepted", "Accepted"),
                    ("reopened", "Reopened"),
                    ("closed", "Closed"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                    ("merged", "Merged"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "clock",
                    models.CharField(
                        choices=[
                            ("response", "First response"),
                            ("update", "Next news"),
                            ("delivery", "Delivery"),
                        ],
                        max_length=8,
                    ),
                ),
                ("cycle", models.PositiveIntegerField()),
                ("step", models.CharField(max_length=12)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalations",
                        to="desk.request",
                    ),
                ),
            ],
            options={
                "ordering": ["request", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.TextField()),
                ("html", models.TextField(editable=False)),
                ("internal", models.BooleanField(default=False)),
                ("cid", models.UUIDField()),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="desk.request",
                    ),
                ),
            ],
            options={
                "ordering": ["request", "created", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("description", models.TextField(verbose_name="description")),
                ("description_html", models.TextField(editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("core", "Core work: designing, building, advising"),
                            ("trouble", "Troubleshooting: getting things to run again"),
                        ],
                        max_length=8,
                    ),
                ),
                ("questions", models.JSONField(default=list)),
                (
                    "response_hours",
                    models.PositiveSmallIntegerField(
                        default=4,
                        help_text="Working hours.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="first response within",
                    ),
                ),
                (
                    "update_hours",
                    models.PositiveSmallIntegerField(
                        default=16,
                        help_text="Working hours.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="next news within",
                    ),
                ),
                (
                    "delivery_hours",
                    models.PositiveSmallIntegerField(
                        default=80,
                        help_text="Working hours.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="delivered within",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="offered")),
                (
                    "pool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="forums.expertpool",
                    ),
                ),
            ],
            options={
                "ordering": ["pool__title", "name"],
            },
        ),
        migrations.AddField(
            model_name="request",
            name="service",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="desk.service",
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(fields=["due_at"], name="desk_what_is_due_first"),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "merged"), ("merged_into__isnull", False)),
                    models.Q(
                        models.Q(("state", "merged"), _negated=True), ("merged_into__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="desk_merged_says_into_which",
            ),
        ),
        migrations.AddField(
            model_name="sharedanswer",
            name="drafted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sharedanswer",
            name="request",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shared",
                to="desk.request",
            ),
        ),
        migrations.AddField(
            model_name="sharedanswer",
            name="topic",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="from_request",
                to="forums.topic",
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="slot",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="desk.request"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                fields=("request", "clock", "cycle", "step"), name="desk_rung_fires_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("author", "cid"), name="desk_message_once_by_cid"
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.UniqueConstraint(
                fields=("pool", "name"), name="desk_service_name_once_in_a_pool"
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("response_hours__gte", 1), ("update_hours__gte", 1), ("delivery_hours__gte", 1)
                ),
                name="desk_targets_are_an_hour_or_more",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharedanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", True), ("topic__isnull", True)),
                    models.Q(("approved_at__isnull", False), ("topic__isnull", False)),
                    _connector="OR",
                ),
                name="desk_shared_when_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(
                fields=("proposed_by", "cid"), name="desk_slot_once_by_cid"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__range", (5, 600))),
                name="desk_slot_takes_minutes_to_ten_hours",
            ),
        ),
        migrations.RunPython(fill_dzongkhags, migrations.RunPython.noop),
        append_only("desk_transition"),
    ]
