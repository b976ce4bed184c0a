import re

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from people.fields import DayInput
from people.models import RegistryImport, User
from people.registry.reading import LARGEST

EMAIL_LENGTH = 254
MOST_IDS = 2_000


class EmployeeIdsField(forms.CharField):
    """Employee IDs as people copy them from a table; the value is a list of known ones."""

    def __init__(self, **options):
        options.setdefault("label", _("Employee IDs"))
        options.setdefault(
            "help_text",
            _("Parted by blanks, commas or lines. A column copied from a table will do."),
        )
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), **options)

    def clean(self, value) -> list[str]:
        ids = [word for word in re.split(r"[\s,;]+", super().clean(value)) if word]
        if len(ids) > MOST_IDS:
            raise ValidationError(_("At most %(most)d at once.") % {"most": MOST_IDS})
        known = User.objects.filter(employee_id__in=ids).values_list("employee_id", flat=True)
        unknown = sorted(set(ids) - set(known))
        if unknown:
            raise ValidationError(
                _("Not in the registry: %(ids)s.") % {"ids": ", ".join(unknown[:20])}
            )
        return ids


class SignInForm(LoginForm):
    """allauth's form in the words of this house."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("Employee ID or e-mail")
        for field in self.fields.values():  # the labels say it
            field.widget.attrs.pop("placeholder", None)
        # No address is longer, and a database compares none that is much longer.
        login.max_length = EMAIL_LENGTH
        login.validators.append(MaxLengthValidator(EMAIL_LENGTH))


class RegistryFileForm(forms.Form):
    kind = forms.ChoiceField(label=_("What the file holds"), choices=RegistryImport.Kind.choices)
    file = forms.FileField(
        label=_("CSV or XLSX file"),
        help_text=_("You see what would be done with each row before anything is changed."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 50 MB. Split it into several."))
        return file


class HolidayForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=DayInput)
    name = forms.CharField(label=_("What it is"), max_length=120)


class FirstSignInForm(forms.Form):
    employee_id = forms.CharField(
        label=_("Employee ID"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    code = forms.CharField(
        label=_("Code from your registrar"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )
    password = forms.CharField(
        label=_("Your new password"),
        help_text=_("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password)
        return password
