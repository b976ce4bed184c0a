"""What the worker does for this room."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from events import uploads
from events.models import Material, Upload
from events.slides import cut

PAUSE = timedelta(seconds=3)


@task()
def cut_slides(material_id: int) -> None:
    """Cut the next pages; what is left is queued again, so that other jobs have their turn."""
    material = Material.objects.filter(pk=material_id, state=Material.State.PENDING).first()
    if material is None:
        return
    if not cut(material) and material.state == Material.State.PENDING:
        cut_slides.using(run_after=timezone.now() + PAUSE).enqueue(material_id)


@task()
def keep_upload(pk: str) -> None:
    """Make a version of a file that has arrived; `uploads.clean` takes up what was killed."""
    upload = Upload.objects.select_related("talk__edition", "by", "link").filter(pk=pk).first()
    if upload:
        uploads.keep(upload)
