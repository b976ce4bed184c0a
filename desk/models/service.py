"""What pools offer: the catalogue."""

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from desk.clocks import Targets
from forums.models import ExpertPool

LONGEST_TARGET = 1_000  # working hours: half a year


class ServiceQuerySet(models.QuerySet):
    def offered_to(self, person):
        """Services that `person` may ask for: those in use, of pools that the person may know."""
        pools = ExpertPool.objects.visible_to(person)
        return self.filter(active=True, pool__in=pools).select_related("pool")


def _hours(label, default):
    return models.PositiveSmallIntegerField(
        label,
        default=default,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TARGET)],
        help_text=_("Working hours."),
    )


class Service(models.Model):
    """One kind of work that a pool offers, with what it asks and how long it takes."""

    class Kind(models.TextChoices):
        CORE = "core", _("Core work: designing, building, advising")
        TROUBLESHOOTING = "trouble", _("Troubleshooting: getting things to run again")

    pool = models.ForeignKey(ExpertPool, models.PROTECT, related_name="services")
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"))
    description_html = models.TextField(editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    questions = models.JSONField(default=list)  # desk/questions.py says of what form
    response_hours = _hours(_("first response within"), 4)
    update_hours = _hours(_("next news within"), 16)
    delivery_hours = _hours(_("delivered within"), 80)
    active = models.BooleanField(_("offered"), default=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["pool__title", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "name"], name="desk_service_name_once_in_a_pool"
            ),
            models.CheckConstraint(
                condition=Q(response_hours__gte=1)
                & Q(update_hours__gte=1)
                & Q(delivery_hours__gte=1),
                name="desk_targets_are_an_hour_or_more",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("desk:service", args=[self.slug])

    @property
    def targets(self) -> Targets:
        return Targets(
            response=timedelta(hours=self.response_hours),
            update=timedelta(hours=self.update_hours),
            delivery=timedelta(hours=self.delivery_hours),
        )


class SecondPool(models.Model):
    """Which pool is asked too where a pool does not move; its lead says which."""

    pool = models.OneToOneField(ExpertPool, models.CASCADE, related_name="second_pool")
    second = models.ForeignKey(ExpertPool, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(pool=models.F("second")), name="desk_second_pool_is_another"
            )
        ]

    def __str__(self):
        return f"{self.pool}: {self.second}"
