"""Fields that choose a row by its number, as it comes from a page."""

from typing import Any

from django import forms


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
