"""Forms of texts that are not posted yet."""

from django import forms
from django.core.validators import ProhibitNullCharactersValidator as ProhibitNull
from django.utils.translation import gettext_lazy as _

from forums.drafting import LONGEST_DRAFT, way_to_room
from forums.forms import LAST_REVISION
from forums.models import ExpertPool, Post, Topic
from people.fields import RowField
from people.letters import without_control

# What a form sends beside what somebody typed into it.
NOT_TYPED = frozenset(
    (
        *("csrfmiddlewaretoken", "writer", "cid", "base", "room", "keep", "preview"),
        *("similar_seen", "drop"),
    )
)


class LooseField(forms.CharField):
    """Text of a draft: kept as it is typed, but for what no database takes."""

    def __init__(self, **kwargs):
        super().__init__(required=False, strip=False, **kwargs)
        self.validators = [
            check for check in self.validators if not isinstance(check, ProhibitNull)
        ]

    def to_python(self, value):
        return without_control(super().to_python(value) or "")


class DraftForm(forms.Form):
    """What a form holds while it is being written; a draft has no wrong text, only a long one."""

    title = LooseField(max_length=LONGEST_DRAFT)
    body = LooseField(max_length=LONGEST_DRAFT)
    tags = LooseField(max_length=LONGEST_DRAFT)
    kind = LooseField(max_length=10)
    reason = LooseField(max_length=LONGEST_DRAFT)
    revision = LooseField(max_length=10)
    cid = forms.UUIDField()
    base = forms.IntegerField(required=False, min_value=0, max_value=LAST_REVISION)

    def said(self) -> dict:
        """What `drafting.keep` takes."""
        data = self.cleaned_data
        more = {name: data[name] for name in ("tags", "kind", "reason", "revision") if data[name]}
        chosen = [pk for pk in self.data.getlist("competencies") if pk.isdecimal()][:20]
        if chosen:
            more["competencies"] = chosen
        words = {"title": " ".join(data["title"].split()), "body": data["body"], "more": more}
        return words | {"cid": data["cid"], "base": data["base"] or 0}


class PlacedDraftForm(DraftForm):
    """A draft that says itself where it goes: the script on every form sends these."""

    pool = RowField(queryset=None, required=False)
    topic = RowField(queryset=None, required=False)
    post = RowField(queryset=None, required=False)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        topics = Topic.objects.visible_to(person)
        self.fields["pool"].queryset = ExpertPool.objects.visible_to(person)
        self.fields["topic"].queryset = topics
        self.fields["post"].queryset = Post.objects.filter(topic__in=topics)

    def clean(self):
        places = [self.cleaned_data.get(name) for name in ("pool", "topic", "post")]
        named = [place for place in places if place]
        if len(named) != 1:
            raise forms.ValidationError(_("A draft goes to one pool, topic or post."))
        self.place = named[0]
        return self.cleaned_data


class RoomDraftForm(forms.Form):
    """A form of another room: each field as it was typed, whatever it is called."""

    room = LooseField(max_length=80)
    cid = forms.UUIDField()
    base = forms.IntegerField(required=False, min_value=0, max_value=LAST_REVISION)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self):
        data = super().clean()
        if self.person is None or not way_to_room(data.get("room", ""), self.person):
            raise forms.ValidationError(_("There is no such form, or not for you."))
        self.place = data["room"]
        if sum(len(value) for values in self.typed().values() for value in values) > LONGEST_DRAFT:
            raise forms.ValidationError(_("This is too long for a draft."))
        return data

    def typed(self) -> dict[str, list[str]]:
        return {
            name: [without_control(value) for value in self.data.getlist(name)]
            for name in self.data
            if name not in NOT_TYPED
        }

    def said(self) -> dict:
        """What `drafting.keep` takes: the longest of what was typed stands for the whole."""
        fields = self.typed()
        longest = max((value for each in fields.values() for value in each), key=len, default="")
        title = " ".join(fields.get("title", [""])[0].split())
        data = self.cleaned_data
        words = {"title": title, "body": longest, "more": {"fields": fields}}
        return words | {"cid": data["cid"], "base": data["base"] or 0}
