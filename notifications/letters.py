"""How a mail reads: its headers, its plain text and its light HTML."""

from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from notifications import sections, threads, tokens
from notifications.models import Mail, Notice
from notifications.quoting import MARKER
from people.models import User

LONGEST_WORDS = 4000  # letters of what was said; the page has the rest
LONGEST_CHAIN = 10  # Message-IDs that a mail refers to


def may_read(mail: Mail, person: User) -> bool:
    """Whether the person may read now what the mail tells of."""
    found = threads.find(mail.thread)
    return found is None or found[0].visible_to(found[1], person)


def write(mail: Mail) -> EmailMultiAlternatives:
    """The mail as it goes out, in the language of its reader."""
    language = mail.person.language if mail.person else settings.LANGUAGE_CODE
    with translation.override(language):
        context = _context(mail)
        letter = EmailMultiAlternatives(
            subject=_subject(mail),
            body=render_to_string("notifications/mail.txt", context).strip() + "\n",
            from_email=_return_address(mail),
            to=[mail.address],
            headers=_headers(mail),
            reply_to=_reply_to(mail),
        )
        letter.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return letter


def _context(mail: Mail) -> dict:
    notice = mail.notices.first() if mail.kind == Mail.Kind.NOTICE else None
    found = threads.find(mail.thread)
    words = found[0].words(found[1], mail.event) if found and notice else ""
    return {
        "mail": mail,
        "title": notice.title if notice else mail.subject,
        "reason": notice.reason if notice else "",
        "url": absolute(notice.url) if notice else "",
        "words": words[:LONGEST_WORDS],
        "more": len(words) > LONGEST_WORDS,
        "sections": _sections(mail),
        "marker": MARKER if _token(mail) else "",
        "unsubscribe": absolute(_unsubscribe_path(mail)) if mail.kind != Mail.Kind.ANSWER else "",
        "preferences": absolute(reverse("notifications:preferences")),
        "site": settings.WAGTAIL_SITE_NAME,
    }


def _sections(mail: Mail) -> list[dict]:
    """What a weekly mail lists: notices first, then what is new in the pools, each kind with the
    address that ends it."""
    if mail.kind != Mail.Kind.DIGEST or mail.person is None:
        return []
    notices: list[dict] = [
        {
            "section": sections.of_notice(row.event),
            "title": row.title,
            "reason": row.reason,
            "url": row.url,
        }
        for row in Notice.objects.filter(mail=mail).order_by("created", "pk")
    ]
    rows = [item | {"url": absolute(item["url"])} for item in [*notices, *mail.items]]
    return [
        group | {"end": absolute(_end_path(mail.person, group["section"]))}
        for group in sections.grouped(rows, mail.person)
    ]


def _end_path(person: User, section: str) -> str:
    return reverse("notifications:section", args=[tokens.section_token(person.pk, section)])


def _subject(mail: Mail) -> str:
    """On one line, with the token that finds the place of a reply whose address got lost."""
    subject = " ".join(mail.subject.split())
    if mail.kind == Mail.Kind.NOTICE and mail.event and _earlier(mail):
        subject = f"Re: {subject}"
    token = _token(mail)
    return f"{subject} [{token}]" if token else subject


def _headers(mail: Mail) -> dict[str, str]:
    headers = {
        "From": settings.DEFAULT_FROM_EMAIL,
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
    }
    if mail.kind == Mail.Kind.ANSWER:
        headers["Auto-Submitted"] = "auto-replied"
        if mail.answers:
            headers["In-Reply-To"] = headers["References"] = mail.answers
        return headers
    headers["List-Unsubscribe"] = f"<{absolute(_unsubscribe_path(mail))}>"
    headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if mail.thread:
        chain = [tokens.root_id(mail.thread), *_earlier(mail)]
        headers["References"] = " ".join(chain)
        headers["In-Reply-To"] = chain[-1]
    return headers


def _earlier(mail: Mail) -> list[str]:
    """The Message-IDs of the same thread that this person had before, the oldest first."""
    if not mail.thread:
        return []
    before = Mail.objects.filter(person=mail.person_id, thread=mail.thread, pk__lt=mail.pk)
    newest = before.order_by("-pk").values_list("message_id", flat=True)[:LONGEST_CHAIN]
    return list(newest)[::-1]


def _token(mail: Mail) -> str:
    """What names the place of a reply; empty where replies are not taken."""
    if not (settings.MAIL_DOMAIN and mail.person_id and threads.find(mail.thread)):
        return ""
    return tokens.reply_token(mail.thread, mail.person_id)


def _reply_to(mail: Mail) -> list[str]:
    token = _token(mail)
    if not token:
        return []
    return [formataddr((settings.WAGTAIL_SITE_NAME, f"reply+{token}@{settings.MAIL_DOMAIN}"))]


def _return_address(mail: Mail) -> str:
    """Where the mail comes back to when it cannot be delivered: the address names the mail."""
    if settings.MAIL_DOMAIN:
        return f"bounce+{tokens.bounce_token(mail.pk)}@{settings.MAIL_DOMAIN}"
    return settings.DEFAULT_FROM_EMAIL


def _unsubscribe_path(mail: Mail) -> str:
    """For a mail that has a person: all but answers to strangers."""
    return reverse("notifications:unsubscribe", args=[tokens.unsubscribe_token(mail.person_id)])


def absolute(path: str) -> str:
    return path if path.startswith(("http://", "https://")) else f"{settings.SITE_URL}{path}"


def answer_subject(subject: str) -> str:
    return _("Your mail: %(subject)s") % {"subject": subject or _("without a subject")}
