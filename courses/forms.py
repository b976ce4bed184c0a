from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from competencies.models import RoleProfile
from people.fields import DayInput
from people.forms import EmployeeIdsField
from people.models import Centre, Dzongkhag, Organisation, User

CRITERIA = ("organisation", "dzongkhag", "centre", "operators", "profile", "gap", "employee_ids")


class PlaceInCourseField(forms.ModelChoiceField):
    """A course or a module, where something new is put at the end."""

    def __init__(self, **options):
        places = Q(coursepage__isnull=False) | Q(modulepage__isnull=False)
        pages = Page.objects.filter(places).select_related("content_type").order_by("path")
        super().__init__(pages, **options)
        self.error_messages["invalid_choice"] = _("Choose a course or a module of one.")

    def label_from_instance(self, page):
        return page.title if page.content_type.model == "coursepage" else f"– {page.title}"

    def clean(self, value):
        page = super().clean(value)
        return page and page.specific


class ChosenPeopleForm(forms.Form):
    """Whom to bring into a course: those who meet all that is filled in."""

    organisation = forms.ModelChoiceField(
        label=_("Agency"), queryset=Organisation.objects.order_by("name"), required=False
    )
    dzongkhag = forms.ModelChoiceField(
        label=_("Dzongkhag"), queryset=Dzongkhag.objects.order_by("name"), required=False
    )
    centre = forms.ModelChoiceField(
        label=_("Community centre"), queryset=Centre.objects.order_by("code"), required=False
    )
    profile = forms.ModelChoiceField(
        label=_("Role profile"), queryset=RoleProfile.objects.all(), required=False
    )
    operators = forms.BooleanField(label=_("Only operators of a centre"), required=False)
    gap = forms.BooleanField(
        label=_("Only those whose profile asks for what this course gives, and who lack it"),
        required=False,
    )
    employee_ids = EmployeeIdsField(required=False)
    due_on = forms.DateField(label=_("To be finished by"), widget=DayInput, required=False)
    invite = forms.BooleanField(
        label=_("Invite them; each decides whether to start"), required=False
    )

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on < timezone.localdate():
            raise ValidationError(_("This day is over."))
        return due_on

    def clean(self):
        if not self.errors and not any(self.cleaned_data.get(name) for name in CRITERIA):
            raise ValidationError(_("Fill in at least one thing that says whom you mean."))
        return self.cleaned_data

    def criteria(self) -> dict:
        """What `queries.chosen_people` takes."""
        return {name: self.cleaned_data[name] for name in CRITERIA}


class DeclineForm(forms.Form):
    note = forms.CharField(
        label=_("Why not"), max_length=200, help_text=_("The person who asked reads it.")
    )


class MaterialChangeForm(forms.Form):
    reason = forms.CharField(
        label=_("What changed"),
        max_length=200,
        help_text=_("Everybody who holds a certificate by an earlier version reads it."),
    )


class CareForm(forms.Form):
    """Who looks after a course from now on, and when it is looked at again."""

    owner = forms.ModelChoiceField(
        label=_("Employee ID of the owner"),
        queryset=User.objects.filter(is_active=True, postings__ends__isnull=True).distinct(),
        to_field_name="employee_id",
        widget=forms.TextInput,
        error_messages={"invalid_choice": _("Nobody in post has this employee ID.")},
    )
    review_by = forms.DateField(label=_("Review by"), widget=DayInput)

    def clean_review_by(self):
        day = self.cleaned_data["review_by"]
        if not timezone.localdate() < day <= timezone.localdate() + timedelta(days=3 * 366):
            raise ValidationError(_("Choose a day within the next three years."))
        return day


class PlaceForm(forms.Form):
    """Where a learner is in a unit; sent by place.js."""

    unit = forms.IntegerField(min_value=1)
    block = forms.IntegerField(min_value=0, max_value=10_000)


class SecondForm(forms.Form):
    document = forms.IntegerField(min_value=1, max_value=2**62)
    second = forms.IntegerField(min_value=0, max_value=24 * 3600)


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once; the value is a list."""

    widget = FilesInput

    def clean(self, data, initial=None):
        if not data:
            return [super().clean(None, initial)]
        files = [super(FilesField, self).clean(file, initial) for file in data]
        most = settings.MAX_UPLOAD_BYTES
        if sum(file.size for file in files) > most:
            raise ValidationError(
                _("At most %(most)d MB at once. Bring them in parts.") % {"most": most // 2**20}
            )
        return files


class ImportUnitsForm(forms.Form):
    """Documents that become the units of a module."""

    module = forms.CharField(
        label=_("Module"),
        max_length=255,
        help_text=_("Its title. If the course has it, its units are brought up to date."),
    )
    files = FilesField(
        label=_("Files"),
        allow_empty_file=True,  # the report says so
        help_text=_(
            "Documents (.docx, .md, .html, .pdf) with their pictures, or one zip. They stand in "
            "the order of their names. A Common Cartridge (.imscc) keeps its own order."
        ),
        widget=FilesInput(attrs={"accept": ".docx,.md,.html,.htm,.pdf,.zip,.imscc,image/*"}),
    )
    publish = forms.BooleanField(
        label=_("Publish at once; otherwise they wait as drafts"), required=False
    )

    def clean_module(self):
        return " ".join(self.cleaned_data["module"].replace("\x00", "").split())
