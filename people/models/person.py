from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    def create_user(self, employee_id, name, password=None, **fields):
        person = self.model(employee_id=employee_id, name=name, **fields)
        person.set_password(password)
        person.save()
        return person

    def create_superuser(self, employee_id, name, password=None, **fields):
        return self.create_user(
            employee_id, name, password, is_staff=True, is_superuser=True, **fields
        )

    def lock(self, *keys: int) -> list["User"]:
        """The rows of these people: their acts come one after the other until the transaction ends.

        What only names them, such as a notice, does not wait. Locked in the order of their ids,
        so that no two who lock the same people wait for each other.
        """
        return list(self.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the registry, who signs in with the employee id or an e-mail address."""

    employee_id = models.CharField(_("employee ID"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_dz = models.CharField(_("name in Dzongkha"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    data_saver = models.BooleanField(
        _("save data: smaller pictures, recordings only on demand"), default=False
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "employee_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["employee_id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="people_one_person_to_an_email",
            ),
            models.UniqueConstraint(Lower("employee_id"), name="people_employee_id_ignores_case"),
        ]

    def __str__(self):
        return self.name

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    def get_absolute_url(self):
        return reverse("people:person", args=[self.employee_id])

    @cached_property
    def open_posting(self):
        """The posting that the person holds now, with its places, or None."""
        return (
            self.postings.open()
            .select_related("organisation", "dzongkhag", "centre", "track_level__track")
            .first()
        )

    @cached_property
    def group_names(self) -> frozenset[str]:
        return frozenset(self.groups.values_list("name", flat=True))

    @cached_property
    def roles(self) -> frozenset[str]:
        """What the person is now, as words: people/roles.py says how each follows."""
        from people.roles import roles_of  # noqa: PLC0415 (roles read models)

        return roles_of(self)

    @cached_property
    def audience_tokens(self) -> frozenset[str]:
        """What the person may be shown: people/audiences.py."""
        from people.audiences import tokens_of  # noqa: PLC0415 (audiences read models)

        return tokens_of(self)
