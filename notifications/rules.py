"""Who may do what with mail."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from people.rules import may_keep_registry


def may_keep_mail(person) -> bool:
    """Registrars and administrators look at held mails and at addresses that fail."""
    return may_keep_registry(person)


def need_mail_keeper(person) -> None:
    """PermissionDenied for all others."""
    if not may_keep_mail(person):
        raise PermissionDenied(_("Held mails are for registrars and administrators."))
