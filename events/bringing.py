"""Who hands in materials: somebody who is signed in, or whoever holds a private link."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events import rules
from events.models import Speaker, Talk, UploadLink
from events.models.uploads import LINK_SALT
from people.models import User

LASTS = timedelta(days=30)  # a link, unless it is revoked


@dataclass(frozen=True)
class Bringer:
    """One of both is set."""

    by: User | None = None
    link: UploadLink | None = None

    def may_bring(self, talk: Talk) -> bool:
        if self.link:
            return self.link.talk_id == talk.pk and self.link.is_valid
        return rules.may_add_slides(self.by, talk)

    def check(self, talk: Talk) -> None:
        """PermissionDenied with who may, where this one may not."""
        if not self.may_bring(talk):
            raise PermissionDenied(
                _("Only a speaker of the talk, or who keeps the programme, can hand in materials.")
            )

    @property
    def fields(self) -> dict[str, Any]:
        return {"by": self.by, "link": self.link}


def link_of(token: str) -> UploadLink | None:
    """The link that was given out with this token, valid or not; None for anything else."""
    try:
        pk = signing.Signer(salt=LINK_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    rows = UploadLink.objects.select_related("talk__edition", "speaker")
    return rows.filter(pk=pk).first()


@transaction.atomic
def make_link(talk: Talk, *, speaker: Speaker | None, by: User, cid: uuid.UUID) -> UploadLink:
    """A private link for a speaker of the talk, or for all of them. Safe to repeat."""
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme makes private links."))
    link, _created = UploadLink.objects.get_or_create(
        cid=cid,
        defaults={
            "talk": talk,
            "speaker": speaker,
            "name": speaker.name if speaker else (talk.speaker_names or talk.title)[:200],
            "made_by": by,
            "expires": timezone.now() + LASTS,
        },
    )
    return link


def revoke(link: UploadLink, *, by: User) -> None:
    """From now on nobody comes in by it; what came by it stays."""
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme revokes private links."))
    UploadLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
