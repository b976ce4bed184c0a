"""Whom a thing is for, kept as an interned set of tokens so that every filter is one IN."""

from collections.abc import Iterable

from django.db import models


class AudienceManager(models.Manager):
    def of(self, *tokens: str) -> "Audience":
        """The audience of these tokens, made once. No token means nobody."""
        wanted = sorted(set(tokens))
        audience, created = self.get_or_create(key=" ".join(wanted))
        if created:
            AudienceToken.objects.bulk_create(
                AudienceToken(audience=audience, token=token) for token in wanted
            )
        return audience

    def open_to(self, person) -> models.QuerySet:
        """Ids of the audiences that `person` (or a visitor) belongs to, as a subquery.

        A loaded person is asked once: a page asks this of many lists.
        """
        from people.audiences import tokens_of  # noqa: PLC0415 (audiences read models)

        known = person.is_authenticated
        return self.open_to_tokens(person.audience_tokens if known else tokens_of(person))

    def open_to_tokens(self, tokens: Iterable[str]) -> models.QuerySet:
        """Ids of the audiences that share at least one token with `tokens`, as a subquery."""
        return AudienceToken.objects.filter(token__in=list(tokens)).values("audience_id")


class Audience(models.Model):
    """A set of tokens; who holds any of them belongs to it. Rows are never changed."""

    key = models.TextField(unique=True, editable=False)

    objects = AudienceManager()

    def __str__(self):
        return self.key or "nobody"


class AudienceToken(models.Model):
    audience = models.ForeignKey(Audience, models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token", "audience"], name="people_token_once_in_an_audience"
            )
        ]

    def __str__(self):
        return self.token


class AudienceQuerySet(models.QuerySet):
    """For every model with an `audience` foreign key."""

    def visible_to(self, person):
        """Rows that `person` (or an anonymous visitor) may know of."""
        return self.filter(audience__in=Audience.objects.open_to(person))
