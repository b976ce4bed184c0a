"""The forms of the desk whose texts are kept while they are written: forums/drafting.py."""

from django.urls import reverse
from django.utils.translation import gettext as _

from desk.models import Request, Service
from people.models import User

FILE = "desk:file"


def of_service(slug: str) -> str:
    return f"desk:service:{slug}"


def of_request(pk: int, part: str) -> str:
    """`part` is "say", "propose", "share", or the verb of a step."""
    return f"desk:{pk}:{part}"


class DeskForms:
    name = "desk"

    def way_on(self, form: str, person: User) -> tuple[str, str] | None:
        place, *part = form.split(":")[1:] or [""]
        if form == FILE:
            return _("A request"), reverse("desk:file")
        if place == "service" and part:
            service = Service.objects.offered_to(person).filter(slug=part[0]).first()
            return service and (service.name, service.get_absolute_url())
        if not (place.isdecimal() and len(place) < 10 and part):
            return None
        asked = Request.objects.visible_to(person).filter(pk=place).first()
        if asked is None:
            return None
        page = reverse("desk:share", args=[asked.pk])
        return asked.label, page if part == ["share"] else asked.get_absolute_url()


FORMS = DeskForms()
