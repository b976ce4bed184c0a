import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import people.storage
from people.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0004_sittings"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerFile",
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
                        choices=[("picture", "picture"), ("text", "text")], max_length=7
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "file",
                    models.FileField(
                        storage=people.storage.private_files, upload_to="answers/%Y/%m"
                    ),
                ),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="assessments.slot",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("slot", "sha256"), name="assessments_file_once_to_an_answer"
                    )
                ],
            },
        ),
        append_only("assessments_answerfile"),
    ]
