"""Who may fetch what editors uploaded: whoever may read a unit that shows it."""

from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage

from courses.models import UnitVersion


def may_edit(person) -> bool:
    """Editors choose from all that was uploaded, so they may open all of it."""
    return person.is_active and person.has_perm("wagtailadmin.access_admin")


def may_open_picture(person, picture: AbstractImage) -> bool:
    units = UnitVersion.objects.visible_to(person)
    return may_edit(person) or units.filter(pictures=picture).exists()


def may_open_document(person, document: AbstractDocument) -> bool:
    units = UnitVersion.objects.visible_to(person)
    return may_edit(person) or units.filter(documents=document).exists()
