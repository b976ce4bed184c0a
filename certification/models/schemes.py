from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification import tree
from competencies.models import Competency, Level
from people.models import CentreService


class Scheme(models.Model):
    """What is certified, by which rule, for how long, and what renews it.

    `rule` and `renewal` are trees as certification/tree/ reads them; an empty renewal means
    that the whole rule must be met anew.
    """

    code = models.SlugField(_("code"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("what the holder can do"))
    rule = models.JSONField(_("what earns it"), default=dict)
    renewal = models.JSONField(_("what renews it"), null=True, blank=True)
    valid_months = models.PositiveSmallIntegerField(
        _("months valid"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    renew_from_days = models.PositiveSmallIntegerField(
        _("days before the end from which it can be renewed"), default=90
    )
    refresher_days = models.PositiveSmallIntegerField(
        _("days for the refresher after a course changed materially"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("What renews it must be done by then. Empty: holders are told, no more."),
    )
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace after the end"),
        default=0,
        help_text=_("So long it is still renewed the short way, and a centre still counts it."),
    )

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{reverse('certification:mine')}#{self.code}"

    @property
    def earned_by(self) -> tree.Rule:
        return tree.parse(self.rule)

    @property
    def renewed_by(self) -> tree.Rule:
        return tree.parse(self.renewal or self.rule)

    def all_leaves(self) -> list[tree.Leaf]:
        """Every leaf of both trees."""
        return [*tree.leaves(self.earned_by), *tree.leaves(self.renewed_by)]


class SchemeCompetency(models.Model):
    scheme = models.ForeignKey(Scheme, models.CASCADE, related_name="competencies")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["competency__code"]
        verbose_name_plural = "scheme competencies"
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "competency"], name="certification_competency_once_in_a_scheme"
            )
        ]

    def __str__(self):
        return f"{self.competency.code} {self.level}"


class ServiceRequirement(models.Model):
    """The scheme that an operator must hold for a service that the centre offers."""

    service = models.OneToOneField(
        CentreService, models.CASCADE, related_name="requirement", verbose_name=_("service")
    )
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="services")

    class Meta:
        ordering = ["service__name"]

    def __str__(self):
        return f"{self.service}: {self.scheme}"
