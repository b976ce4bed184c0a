import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("certification", "0005_append_only_again"),
        ("courses", "0007_material_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="scheme",
            name="refresher_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="What renews it must be done by then. Empty: holders are told, no more.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="days for the refresher after a course changed materially",
            ),
        ),
        migrations.CreateModel(
            name="Refresher",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(db_index=True, null=True)),
                ("escalated_on", models.DateField(null=True)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refreshers",
                        to="courses.materialchange",
                    ),
                ),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refreshers",
                        to="certification.credential",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credential", "change"),
                        name="certification_one_refresher_to_a_change",
                    )
                ],
            },
        ),
        migrations.AlterField(
            model_name="proposal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("issue", "Issue"),
                    ("revoke", "Revoke"),
                    ("suspend", "Suspend"),
                    ("restore", "Restore"),
                    ("withhold", "Withhold the name"),
                    ("reissue", "Reissue under a safe key"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Reissue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "new",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reissue_of",
                        to="certification.credential",
                    ),
                ),
                (
                    "old",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reissued_as",
                        to="certification.credential",
                    ),
                ),
            ],
            options={"ordering": ["-at", "-pk"]},
        ),
        append_only("certification_reissue"),
    ]
