"""Versions that were published before say which pictures and documents they show, too."""

import re

from django.db import migrations

LINKED = re.compile(r'<a [^>]*linktype="document"[^>]*>')
ID = re.compile(r'\bid="(\d+)"')


def note_files(apps, schema_editor):
    unit_version = apps.get_model("courses", "UnitVersion")
    images = set(apps.get_model("wagtailimages", "Image").objects.values_list("pk", flat=True))
    documents = set(apps.get_model("wagtaildocs", "Document").objects.values_list("pk", flat=True))
    for unit in unit_version.objects.only("body").iterator():
        unit.pictures.set(_pictures(unit.body) & images)
        unit.documents.set(_documents(unit.body) & documents)


def _pictures(body):
    return {block["value"]["image"] for block in body if block["type"] == "image"}


def _documents(body):
    found = set()
    for block in body:
        value = block["value"]
        if block["type"] == "text":
            found |= {int(pk) for link in LINKED.findall(value) for pk in ID.findall(link)}
        elif block["type"] == "download":
            found.add(value["document"])
        elif block["type"] == "media":
            found |= {value["small"], value["large"]}
    return found


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_files_of_units")]
    operations = [migrations.RunPython(note_files, migrations.RunPython.noop, elidable=True)]
