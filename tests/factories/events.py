import io
import uuid
from datetime import date, datetime

import factory
import pypdfium2 as pdfium
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.models import Action, Edition, Meeting, Talk
from events.services import meeting_audience
from people.models import Audience
from tests.factories.people import PersonFactory


def everyone():
    return Audience.objects.of("everyone")


class EditionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Edition

    year = 2025
    title = factory.Sequence(lambda n: f"ICT Conference {n}")
    slug = factory.Sequence(lambda n: f"conference-{n}")
    place = "Thimphu"
    starts = date(2025, 10, 15)
    ends = date(2025, 10, 16)
    audience = factory.LazyFunction(everyone)


class TalkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Talk
        skip_postgeneration_save = True

    edition = factory.SubFactory(EditionFactory)
    title = factory.Sequence(lambda n: f"A talk number {n}")
    slug = factory.Sequence(lambda n: f"talk-{n}")
    speaker_names = "Officer T1"
    abstract = "What **breaks** first."
    starts = timezone.make_aware(datetime(2025, 10, 15, 10, 0))  # noqa: DTZ001
    audience = factory.LazyFunction(everyone)

    @factory.post_generation
    def speakers(self, create, extracted, **kwargs):
        self.speakers.add(*(extracted or []))


class MeetingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Meeting

    title = factory.Sequence(lambda n: f"Meeting of the heads {n}")
    slug = factory.Sequence(lambda n: f"meeting-{n}")
    date = date(2026, 9, 24)
    agenda = [{"item": "Centres without a line", "paper": "Outages"}]
    minutes = "## 1. Lines\n\nIt was **discussed**."
    audience = factory.LazyFunction(lambda: meeting_audience([]))


class ActionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Action

    meeting = factory.SubFactory(MeetingFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = "Publish the list of spare parts."
    owner = factory.SubFactory(PersonFactory)
    due = date(2026, 10, 30)


def pdf(pages: int = 2) -> bytes:
    """A PDF of empty pages."""
    document = pdfium.PdfDocument.new()
    for _number in range(pages):
        document.new_page(320, 180)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def locked_pdf() -> bytes:
    """A PDF that only opens with a password that nobody knows."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 320 180]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    identity = b"ef" * 16
    out += b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<%s><%s>]>>\n" % (identity, identity)
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def upload(content: bytes, name: str = "slides.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def slides_form(content: bytes, **fields) -> dict:
    return {"title": "My slides", "cid": str(uuid.uuid4()), "file": upload(content), **fields}
