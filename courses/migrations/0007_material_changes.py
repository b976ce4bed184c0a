import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("competencies", "0003_standing_is_computed"),
        ("courses", "0006_units_of_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MaterialChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="what changed")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="material_change",
                        to="courses.courseversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="prerequisite",
            name="courses_prerequisite_is_a_course_or_a_level",
        ),
        migrations.AddField(
            model_name="prerequisite",
            name="certificate",
            field=models.SlugField(
                blank=True,
                default="",
                help_text="It must be valid on the day of the start.",
                verbose_name="code of a certificate",
            ),
        ),
        migrations.AddConstraint(
            model_name="prerequisite",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("certificate", ""),
                        ("competency__isnull", True),
                        ("completed__isnull", False),
                        ("level__isnull", True),
                    ),
                    models.Q(
                        ("certificate", ""),
                        ("competency__isnull", False),
                        ("completed__isnull", True),
                        ("level__isnull", False),
                    ),
                    models.Q(
                        ("competency__isnull", True),
                        ("completed__isnull", True),
                        ("level__isnull", True),
                        models.Q(("certificate", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="courses_prerequisite_is_one_thing",
                violation_error_message="Choose a course, or a competency with its level, or a certificate.",
            ),
        ),
        append_only("courses_materialchange"),
    ]
