import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0005_slides_are_resources")]

    operations = [
        migrations.RemoveField(
            model_name="material",
            name="talk",
        ),
        migrations.AlterField(
            model_name="material",
            name="number",
            field=models.PositiveSmallIntegerField(verbose_name="version"),
        ),
        migrations.AlterField(
            model_name="material",
            name="resource",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="events.resource",
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.UniqueConstraint(
                fields=("resource", "number"), name="events_version_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by", None), ("link__isnull", False)),
                    models.Q(("by__isnull", False), ("link", None)),
                    _connector="OR",
                ),
                name="events_somebody_brought_it",
            ),
        ),
    ]
