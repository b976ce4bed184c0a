from django.shortcuts import render
from django.utils.translation import gettext as _

from moderation.restricting import suspension_of
from people import adapter


class AccountAdapter(adapter.AccountAdapter):
    def pre_login(self, request, user, **kwargs):
        """Whoever is suspended is told until when and why, and is not signed in."""
        row = suspension_of(user)
        if row:
            context = {"row": row, "title": _("You cannot sign in now")}
            return render(request, "moderation/suspended.html", context, status=403)
        return super().pre_login(request, user, **kwargs)
