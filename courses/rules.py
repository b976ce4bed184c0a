"""Who may do what with courses, with enrolments, and with what editors uploaded."""

from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage

from courses.models import UnitVersion
from people.models import User

KEEPERS = frozenset({"author", "registrar", "administrator"})


def may_care(person) -> bool:
    """Authors, registrars and administrators look after the courses of the house."""
    return bool(person.is_authenticated and person.roles & KEEPERS)


def may_keep(person, course) -> bool:
    """Whoever owns a course, and those who look after all, say who learns in it."""
    return bool(
        person.is_authenticated and (course.owner_person_id == person.pk or may_care(person))
    )


def may_enrol_others(person, course) -> bool:
    return may_keep(person, course) or (person.is_authenticated and "head" in person.roles)


def enrollable_by(person, course):
    """Whom `person` may bring into `course`: everybody, or a head's own people."""
    everybody = User.objects.filter(is_active=True)
    if may_keep(person, course):
        return everybody
    if "head" in person.roles:
        return everybody.filter(
            postings__ends__isnull=True,
            postings__organisation=person.open_posting.organisation_id,
        )
    return everybody.none()


def may_edit(person) -> bool:
    """Editors choose from all that was uploaded, so they may open all of it."""
    return person.is_active and person.has_perm("wagtailadmin.access_admin")


def may_open_picture(person, picture: AbstractImage) -> bool:
    units = UnitVersion.objects.visible_to(person)
    return may_edit(person) or units.filter(pictures=picture).exists()


def may_open_document(person, document: AbstractDocument) -> bool:
    units = UnitVersion.objects.visible_to(person)
    return may_edit(person) or units.filter(documents=document).exists()
