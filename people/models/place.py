from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Dzongkhag(models.Model):
    iso = models.CharField(_("ISO 3166-2 code"), max_length=8, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    name_dz = models.CharField(_("name in Dzongkha"), max_length=80, blank=True)
    aliases = models.JSONField(_("other spellings"), default=list, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("dzongkhag")

    def __str__(self):
        return self.name


class Gewog(models.Model):
    """A gewog is known by dzongkhag and name together: two names occur twice."""

    dzongkhag = models.ForeignKey(Dzongkhag, models.PROTECT, related_name="gewogs")
    name = models.CharField(_("name"), max_length=80)
    aliases = models.JSONField(_("other spellings"), default=list, blank=True)

    class Meta:
        ordering = ["dzongkhag__name", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["dzongkhag", "name"], name="people_gewog_once_in_a_dzongkhag"
            )
        ]

    def __str__(self):
        return f"{self.name}, {self.dzongkhag}"


class Organisation(models.Model):
    """A government agency, dzongkhag administration or other employer."""

    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("people:organisation", args=[self.pk])


class CentreService(models.Model):
    """A service that community centres deliver."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    needs_line = models.BooleanField(_("needs a network line"), default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Centre(models.Model):
    class Connectivity(models.TextChoices):
        FIBRE = "fibre", _("Fibre")
        G4 = "4g", "4G"
        G3 = "3g", "3G"
        G2 = "2g", "2G"
        VSAT = "vsat", _("Satellite (VSAT)")
        NONE = "none", _("No line")

    class Power(models.TextChoices):
        GRID = "grid", _("Grid")
        SOLAR = "solar", _("Solar")
        UNRELIABLE = "unreliable", _("Unreliable grid")

    code = models.CharField(_("centre code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_dz = models.CharField(_("name in Dzongkha"), max_length=200, blank=True)
    gewog = models.ForeignKey(Gewog, models.PROTECT, related_name="centres")
    connectivity = models.CharField(_("line"), max_length=8, choices=Connectivity)
    power = models.CharField(_("power"), max_length=12, choices=Power)
    services = models.ManyToManyField(CentreService, related_name="centres", blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("people:centre", args=[self.code])
