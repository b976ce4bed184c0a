from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from the registry: nobody signs up."""

    def is_open_for_signup(self, request):
        return False
