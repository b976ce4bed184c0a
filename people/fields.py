"""Fields of forms that take whatever a page sends: rows by number, and moments."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199


class RowField(forms.ModelChoiceField):
    """A number that no database can hold names no row: the usual refusal, not an error."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except OverflowError as error:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": value, "pk": value},
            ) from error


class RowsField(RowField, forms.ModelMultipleChoiceField):
    """Several of them."""


class DayInput(forms.DateInput):
    """The browser's own chooser of a day."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The browser's own chooser of day and time."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A moment on the site's clock, in years that every database and calendar program holds."""

    widget = MomentInput
    default_error_messages = {"year": _("Choose a day between the years %(first)s and %(last)s.")}

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment and not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            raise forms.ValidationError(
                self.error_messages["year"],
                code="year",
                params={"first": str(EARLIEST_YEAR), "last": str(LATEST_YEAR)},
            )
        return moment
