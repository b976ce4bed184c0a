from django.utils import timezone

from people.models import Audience
from search import index
from search.documents import Document


def document(key, title, body="", *, kind="topic", audience=("everyone",), **fields) -> Document:
    """A document that is in the index."""
    made = Document(
        key=key,
        kind=kind,
        title=title,
        body=body,
        url=f"/{key}/",
        audience=Audience.objects.of(*audience),
        when=timezone.now(),
        **fields,
    )
    index._write(made, None)
    return made
