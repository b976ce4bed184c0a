from django.http import Http404
from wagtail import hooks

from courses.rules import may_open_document


@hooks.register("before_serve_document")
def only_for_readers_of_a_unit(document, request):
    """A document may be restricted: who may not read a unit with it does not know of it."""
    if not may_open_document(request.user, document):
        raise Http404
