import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _person(**options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        **options,
    )


def _row(model, related_name):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=model
    )


class Migration(migrations.Migration):
    dependencies = [
        ("forums", "0006_drafts_watch_levels_and_reading"),
        ("live", "0005_polls_and_hands"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("question", "reveal_by", _person(null=True)),
        migrations.AddField(
            "question", "reveal_reason", models.CharField(blank=True, max_length=300)
        ),
        migrations.AddField("question", "revealed_by", _person(null=True)),
        migrations.AddField("question", "seen", models.PositiveIntegerField(default=0)),
        migrations.AddConstraint(
            "question",
            models.CheckConstraint(
                condition=models.Q(("revealed_by", None))
                | models.Q(("revealed_by", models.F("reveal_by")), _negated=True),
                name="live_name_shown_by_two",
            ),
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "question_id",
                        "person_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("question", _row("live.question", "exposures")),
                ("person", _person()),
                ("session", _row("live.session", "+")),
                ("at", models.DateTimeField()),
                ("counted", models.BooleanField(default=False)),
            ],
        ),
        migrations.AddIndex(
            "exposure",
            models.Index(
                condition=models.Q(("counted", False)),
                fields=["session"],
                name="live_fresh_exposures",
            ),
        ),
    ]
