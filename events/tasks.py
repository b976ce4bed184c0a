"""What the worker does for this room."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from events.models import Material
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
