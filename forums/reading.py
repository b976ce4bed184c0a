"""What a topic's page shows beside its posts."""

import json
from collections.abc import Iterable
from html import unescape

from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from forums.models import Attachment, Topic, address_of_post
from people.audiences import PUBLIC

# What would end the element or begin another, as JSON may write it.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
MOST_ANSWERS = 20
LONGEST_TEXT = 1000


def attachments_of(posts: Iterable) -> dict[int, list[Attachment]]:
    """The files of these posts by post, in one query."""
    found: dict[int, list[Attachment]] = {}
    for row in Attachment.objects.filter(post__in=[post.pk for post in posts]):
        if row.post_id:
            found.setdefault(row.post_id, []).append(row)
    return found


def shown_posts(posts: Iterable, *, person, sees_hidden: bool) -> list:
    """The rows of `PostQuerySet.for_page` without the text of what is hidden from `person`."""
    return [
        post._replace(html="", author_id=None, author__name=None, author_name="", agency=None)
        if post.hidden_at and not sees_hidden and post.author_id != person.pk
        else post
        for post in posts
    ]


def linked_data(request, topic, posts: Iterable) -> SafeString | str:
    """A question that everybody may read, in schema.org's words for search engines; else nothing.

    It is data in the page, which no content policy stops and no browser runs.
    """
    if request.user.is_authenticated or topic.kind != Topic.Kind.QUESTION:
        return ""
    if not topic.audience.tokens.filter(token=PUBLIC).exists():
        return ""
    question, *answers = list(posts) or [None]
    if question is None or question.number != 1:
        return ""
    address = request.build_absolute_uri(topic.get_absolute_url())
    entity = {
        "@type": "Question",
        "name": topic.title,
        "text": _words(question.html),
        "dateCreated": topic.created.isoformat(),
        "author": {"@type": "Person", "name": topic.asked_by},
        "answerCount": topic.post_count - 1,
    }
    given = [(post, _answer(post, address)) for post in answers if post.html]
    entity["acceptedAnswer"] = [words for post, words in given if post.accepted_at]
    others = [words for post, words in given if not post.accepted_at]
    entity["suggestedAnswer"] = others[:MOST_ANSWERS]
    page = {"@context": "https://schema.org", "@type": "QAPage", "mainEntity": entity}
    text = json.dumps(page, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(text)  # noqa: S308 (nothing in it can end the element)


def _answer(post, address: str) -> dict:
    return {
        "@type": "Answer",
        "text": _words(post.html),
        "dateCreated": post.created.isoformat(),
        "author": {"@type": "Person", "name": post.author__name or post.author_name},
        "url": address + address_of_post(post.number),
    }


def _words(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())[:LONGEST_TEXT]
