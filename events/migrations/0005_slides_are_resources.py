"""What was handed in until now are versions of the slides of its talk."""

from django.db import migrations
from django.db.models import Min


def make_resources(apps, schema_editor):
    Resource = apps.get_model("events", "Resource")
    Material = apps.get_model("events", "Material")
    talks = Material.objects.order_by().values("talk").annotate(first=Min("pk"))
    for row in talks.iterator():
        first = Material.objects.get(pk=row["first"])
        resource = Resource.objects.create(
            talk_id=row["talk"], kind="slides", title=first.title, created=first.created
        )
        versions = list(Material.objects.filter(talk=row["talk"]).order_by("pk"))
        for number, version in enumerate(versions, start=1):
            version.resource, version.number = resource, number
        Material.objects.bulk_update(versions, ["resource", "number"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [("events", "0004_resources_and_uploads")]

    operations = [migrations.RunPython(make_resources, migrations.RunPython.noop)]
