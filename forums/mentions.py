"""People who are named in a text as @employee_id; what stands in code names nobody."""

import re

from django.db.models import QuerySet
from django.db.models.functions import Upper

from people.models import User

MOST_MENTIONS = 20  # people in one post; whoever wants to reach more asks the pool
MENTION = re.compile(r"(?<![\w@/.])@([A-Za-z][A-Za-z0-9-]{2,19})\b")
_CODE = re.compile(r"(?s:```.*?(?:```|\Z))|`[^`\n]*`|^(?: {4}|\t).*$", re.MULTILINE)


def ids_in(text: str) -> list[str]:
    """The employee ids that `text` mentions, in capital letters, each once."""
    found = MENTION.findall(_CODE.sub(" ", text))
    return list(dict.fromkeys(each.upper() for each in found))


def people_in_text(text: str) -> QuerySet[User]:
    """The active people whom `text` mentions."""
    ids = ids_in(text)
    if not ids:
        return User.objects.none()
    rows = User.objects.filter(is_active=True).annotate(id_in_capitals=Upper("employee_id"))
    return rows.filter(id_in_capitals__in=ids)
