from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from people.models import RegistryImport
from people.registry.reading import LARGEST


class SignInForm(LoginForm):
    """allauth's form in the words of this house."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("Employee ID or e-mail")
        for field in self.fields.values():  # the labels say it
            field.widget.attrs.pop("placeholder", None)


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
