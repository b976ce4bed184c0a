import io
import random
import uuid
from datetime import date, datetime

import factory
import pypdfium2 as pdfium
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.bringing import Bringer
from events.handing_in import hand_in
from events.models import Action, Edition, Material, Meeting, Talk
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


def _written(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    out, offsets = [b"%PDF-1.4\n"], []
    for number, body in enumerate(objects, start=1):
        offsets.append(sum(map(len, out)))
        out.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start, count = sum(map(len, out)), len(objects) + 1
    out.append(b"xref\n0 %d\n0000000000 65535 f \n" % count)
    out += [b"%010d 00000 n \n" % offset for offset in offsets]
    out.append(b"trailer<</Size %d/Root 1 0 R%s>>\n" % (count, trailer))
    return b"".join([*out, b"startxref\n%d\n%%%%EOF\n" % start])


_PAGE = [
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 320 180]>>",
]


def locked_pdf() -> bytes:
    """A PDF that only opens with a password that nobody knows."""
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"ab" * 32, b"cd" * 32)
    return _written([*_PAGE, lock], b"/Encrypt 4 0 R/ID[<%s><%s>]" % (b"ef" * 16, b"ef" * 16))


def scripted_pdf() -> bytes:
    """A PDF of one page that would run a script when it is opened."""
    script = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"
    return _written([script, *_PAGE[1:]])


def large_pdf(size: int) -> bytes:
    """A page, and noise that belongs to none: `size` bytes in all, or a few less."""
    noise = random.Random(size).randbytes(size - 1000)
    stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(noise), noise)
    return _written([*_PAGE, stream]).ljust(size)


def upload(content: bytes, name: str = "slides.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def slides_form(content: bytes, **fields) -> dict:
    form = {"kind": "slides", "title": "My slides", "cid": str(uuid.uuid4())}
    return {**form, "file": upload(content), **fields}


def handed_in(talk, content: bytes, by=None, **more) -> Material:
    """A version of the talk's slides, or of what `more` says, by its speaker."""
    return hand_in(
        talk,
        **{"kind": "slides", "title": "S", "cid": uuid.uuid4()} | more,
        file=upload(content, more.get("title", "slides.pdf")),
        bringer=Bringer(by=by or talk.speakers.get()),
    )
