"""Parts of an address."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowConverter(IntConverter):
    """The number of a row: no longer than one that a database can count to.

    Django refuses larger ones by itself, but not where the row is a Wagtail page.
    """

    regex = "[0-9]{1,18}"


register_converter(RowConverter, "row")
