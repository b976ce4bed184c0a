import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0003_schedule_and_meetings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="material",
            name="ending",
            field=models.CharField(default="pdf", max_length=8),
        ),
        migrations.AddField(
            model_name="material",
            name="number",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="version"),
        ),
        migrations.AlterField(
            model_name="material",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="material",
            name="pages_expected",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Resource",
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
                        choices=[("slides", "Slides"), ("paper", "Paper"), ("other", "Other file")],
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "talk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resources",
                        to="events.talk",
                    ),
                ),
            ],
            options={
                "verbose_name": "material of a talk",
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="material",
            name="resource",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="events.resource",
            ),
        ),
        migrations.CreateModel(
            name="UploadLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="for")),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("cid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="events.speaker",
                    ),
                ),
                (
                    "talk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="upload_links",
                        to="events.talk",
                    ),
                ),
            ],
            options={
                "verbose_name": "upload link",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("slides", "Slides"), ("paper", "Paper"), ("other", "Other file")],
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("offset", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("writer", models.UUIDField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("arriving", "on its way"),
                            ("arrived", "here, being checked"),
                            ("kept", "kept"),
                            ("refused", "not taken"),
                        ],
                        default="arriving",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("cid", models.UUIDField()),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("touched", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "material",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="events.material",
                    ),
                ),
                (
                    "talk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="events.talk",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="events.uploadlink",
                    ),
                ),
            ],
            options={
                "verbose_name": "upload",
                "ordering": ["-created"],
            },
        ),
        migrations.AddField(
            model_name="material",
            name="link",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="events.uploadlink",
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.UniqueConstraint(
                fields=("link", "cid"), name="events_material_once_per_cid_of_a_link"
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.UniqueConstraint(
                fields=("talk", "kind", "title"), name="events_resource_title_once_a_talk"
            ),
        ),
        migrations.AddConstraint(
            model_name="resource",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "slides")),
                fields=("talk",),
                name="events_slides_once_a_talk",
            ),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["state", "touched"], name="events_uplo_state_2efeda_idx"),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                fields=("by", "cid"), name="events_upload_once_per_cid"
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                fields=("link", "cid"), name="events_upload_once_per_cid_of_a_link"
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("offset__lte", models.F("size"))),
                name="events_upload_within_its_size",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by", None), ("link__isnull", False)),
                    models.Q(("by__isnull", False), ("link", None)),
                    _connector="OR",
                ),
                name="events_somebody_uploads_it",
            ),
        ),
    ]
