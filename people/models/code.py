from django.conf import settings
from django.db import models


class SignInCode(models.Model):
    """A code that the registrar hands out for a first sign-in. Only its hash is kept."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_in_code"
    )
    code_hash = models.CharField(max_length=128)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=10)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    def __str__(self):
        return f"{self.person}"
