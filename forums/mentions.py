"""People who are named in a text as @employee_id; what stands in code names nobody."""

import re

from django.db.models import QuerySet
from django.db.models.functions import Upper
from django.utils.safestring import SafeString

from people.markup import MENTION, render_markdown
from people.models import User

MOST_MENTIONS = 20  # people in one post; whoever wants to reach more asks the pool
_CODE = re.compile(r"(?s:```.*?(?:```|\Z))|`[^`\n]*`|^(?: {4}|\t).*$", re.MULTILINE)


def ids_in(text: str) -> list[str]:
    """The employee ids that `text` mentions, in capital letters, each once."""
    found = MENTION.findall(_CODE.sub(" ", text))
    return list(dict.fromkeys(each[1:].upper() for each in found))


def people_in_text(text: str) -> QuerySet[User]:
    """The active people whom `text` mentions."""
    ids = ids_in(text)
    if not ids:
        return User.objects.none()
    rows = User.objects.filter(is_active=True).annotate(id_in_capitals=Upper("employee_id"))
    return rows.filter(id_in_capitals__in=ids)


def rendered(body: str) -> SafeString:
    """A post as HTML, with links to the people whom it mentions."""
    named = people_in_text(body)
    return render_markdown(
        body, people={each.employee_id.upper(): each.get_absolute_url() for each in named}
    )
