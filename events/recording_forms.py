import re
import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from events.meeting_forms import LineField, TextField
from events.models import Chapter, SlidePage
from events.templatetags.events import clock
from events.webvtt import LONGEST

MOST_CHAPTERS = 200
_CLOCK = r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)"
_LINE = re.compile(rf"^{_CLOCK}\s+(?:#(\d{{1,4}})|(\S.*))$")


def _second(hours: str | None, minutes: str, seconds: str) -> int:
    return (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)


class SecondField(forms.CharField):
    """A moment of a recording such as 25:10 or 1:02:05, as a number of seconds."""

    def prepare_value(self, value):
        return clock(value) if isinstance(value, int) else value

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        matched = re.fullmatch(_CLOCK, text)
        if not matched:
            raise forms.ValidationError(_("A moment is written such as 25:10 or 1:02:05."))
        return _second(*matched.groups())


class PlaceForm(forms.Form):
    """Where somebody stopped a recording."""

    second = forms.IntegerField(min_value=0, max_value=24 * 3600)


class StartForm(forms.Form):
    """Where the recording shows how a live session was opened."""

    second = SecondField(
        label=_("It was opened at"),
        required=False,
        max_length=9,
        help_text=_("Such as 25:10. Empty: the recording does not show it."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 9}),
    )


class CorrectionForm(forms.Form):
    text = LineField(
        label=_("What is really said"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


class ChaptersForm(forms.Form):
    """Chapters as lines; `pages` are the slides by their number, which may name a chapter."""

    chapters = TextField(
        label=_("Chapters, one a line"),
        required=False,
        longest=20_000,
        help_text=_("Such as “1:05 Who waits”; “3:20 #7” is the seventh slide with its title."),
    )

    def __init__(self, *args, pages: dict[int, SlidePage], **kwargs):
        super().__init__(*args, **kwargs)
        self.pages = pages

    def clean_chapters(self):
        found: dict[int, Chapter] = {}
        faults = []
        lines = self.cleaned_data["chapters"].split("\n")
        for number, line in enumerate(lines[: MOST_CHAPTERS + 1], start=1):
            if not line.strip():
                continue
            chapter = self._chapter(line.strip())
            if not isinstance(chapter, Chapter):
                faults.append(_("Line %(line)d: %(fault)s") % {"line": number, "fault": chapter})
            elif chapter.second in found:
                text = _("Line %(line)d: another chapter begins at the same second.")
                faults.append(text % {"line": number})
            else:
                found[chapter.second] = chapter
        if len(lines) > MOST_CHAPTERS:
            faults.append(_("At most %(most)d chapters.") % {"most": MOST_CHAPTERS})
        if faults:
            raise forms.ValidationError(faults)
        return [found[second] for second in sorted(found)]

    def _chapter(self, line: str) -> Chapter | object:
        matched = _LINE.match(line)
        if not matched:
            return _("it begins with a time, such as 1:05, and then says a title or #7.")
        hours, minutes, seconds, slide, title = matched.groups()
        second = _second(hours, minutes, seconds)
        if slide and int(slide) not in self.pages:
            return _("there is no slide %(number)s.") % {"number": slide}
        if slide:
            page = self.pages[int(slide)]
            title = page.first_line or _("Slide %(number)d") % {"number": page.number}
        return Chapter(second=second, title=title[:200], slide=int(slide) if slide else None)
