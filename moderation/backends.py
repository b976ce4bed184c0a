"""Who a session belongs to, at every request and socket: nobody while they are suspended."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Exists, OuterRef, Subquery

from moderation.models import Restriction
from people.models import User


class AccountBackend(AuthenticationBackend):
    def get_user(self, user_id):
        """The person, with `silenced_until` beside it; None for one who is suspended.

        Read in the one query that every request makes, so it holds from the next request on.
        """
        theirs = Restriction.objects.in_force().filter(person=OuterRef("pk"))
        silences = theirs.filter(kind=Restriction.Kind.SILENCE)
        rows = User.objects.annotate(
            suspended=Exists(theirs.filter(kind=Restriction.Kind.SUSPEND)),
            silenced_until=Subquery(silences.values("until")[:1]),
        )
        person = rows.filter(pk=user_id).first()
        if person is None or person.suspended or not self.user_can_authenticate(person):
            return None
        return person
