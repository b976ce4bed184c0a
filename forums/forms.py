import uuid

from django import forms
from django.core.validators import ProhibitNullCharactersValidator as ProhibitNull
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from forums.mentions import MOST_MENTIONS, ids_in
from forums.models import PoolMembership, Topic, Watch
from forums.text import (
    DEEPEST_QUOTE,
    LONGEST_POST,
    LONGEST_TAG,
    LONGEST_TITLE,
    MOST_LINKS,
    WIDEST_TABLE,
    deepest_quote,
    links_in,
    widest_row,
)
from people.fields import RowField, RowsField
from people.letters import control_characters, without_control
from people.models import User


class TypedField(forms.CharField):
    """Text as people type or paste it.

    Characters that can be neither shown nor stored are never dropped in silence: the text
    comes back without them, says so, and needs one more press.
    """

    default_error_messages = {
        "max_length": _("At most %(limit_value)d letters; this has %(show_value)d."),
        "control": _(
            "%(number)d invisible control characters were taken out. Look at the text and "
            "send it again."
        ),
    }

    def __init__(self, *, one_line=False, **kwargs):
        super().__init__(**kwargs)
        self.one_line = one_line
        # The check below says the same of NUL, and gives the text back without it.
        self.validators = [
            check for check in self.validators if not isinstance(check, ProhibitNull)
        ]

    def clean(self, value):
        text = str(value or "")
        number = control_characters(text)
        if number:
            raise forms.ValidationError(
                self.error_messages["control"], code="control", params={"number": number}
            )
        text = without_control(text)
        return super().clean(" ".join(text.split()) if self.one_line else text)

    def bound_data(self, data, initial):
        return without_control(data) if isinstance(data, str) else data


LAST_REVISION = 2**31 - 1


class BodyField(TypedField):
    """The text of a post: with bounds on what would take long to draw or reach too many."""

    def clean(self, value):
        text = super().clean(value)
        if widest_row(text) > WIDEST_TABLE:
            raise forms.ValidationError(
                _("A table has at most %(most)d columns. Attach a larger one as a file."),
                params={"most": WIDEST_TABLE},
            )
        if deepest_quote(text) > DEEPEST_QUOTE:
            raise forms.ValidationError(
                _("Quotations and lists nest at most %(most)d deep."),
                params={"most": DEEPEST_QUOTE},
            )
        if links_in(text) > MOST_LINKS:
            raise forms.ValidationError(
                _("A post has at most %(most)d links."), params={"most": MOST_LINKS}
            )
        named = len(ids_in(text))
        if named > MOST_MENTIONS:
            raise forms.ValidationError(
                _(
                    "A post names at most %(most)d people; this names %(number)d. Ask the pool "
                    "instead: its experts are told."
                ),
                params={"most": MOST_MENTIONS, "number": named},
            )
        return text


class KeptForm(forms.Form):
    """A form whose text is kept while it is written: `cid` names it, once it is sent too."""

    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    # The revision of the draft that this page knows.
    base = forms.IntegerField(
        initial=0,
        required=False,
        min_value=0,
        max_value=LAST_REVISION,
        widget=forms.HiddenInput,
    )


class PostForm(KeptForm):
    body = BodyField(
        label=_("Text"),
        max_length=LONGEST_POST,
        help_text=_("Markdown: **bold**, lists, `code`, and three backticks round a block of it."),
        widget=forms.Textarea(attrs={"rows": 8, "data-draft": ""}),
    )


class TagsField(TypedField):
    """Words with commas between, as they are kept: small letters, each once."""

    most = 5

    def clean(self, value):
        words = [" ".join(word.split()).lower() for word in super().clean(value).split(",")]
        tags = list(dict.fromkeys(word for word in words if word))
        if len(tags) > self.most:
            raise forms.ValidationError(
                _("At most %(most)d tags; these are %(number)d."),
                params={"most": self.most, "number": len(tags)},
            )
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                raise forms.ValidationError(
                    _("“%(tag)s” is longer than %(longest)d letters."),
                    params={"tag": tag, "longest": LONGEST_TAG},
                )
        return tags


class AskForm(PostForm):
    title = TypedField(
        label=_("What is it about?"),
        one_line=True,
        min_length=8,
        max_length=LONGEST_TITLE,
        help_text=_("One line that somebody with the same problem would search for."),
    )
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Topic.Kind.choices,
        initial=Topic.Kind.QUESTION,
        widget=forms.RadioSelect,
        help_text=_("A question stays open until an answer is accepted."),
    )
    tags = TagsField(
        label=_("Tags (optional)"),
        required=False,
        help_text=_("Up to five words, with commas between: dhcp, wireless"),
    )
    competencies = RowsField(
        label=_("Competencies that an answer shows (optional)"),
        queryset=Competency.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    # What was said before was shown: the step between writing and posting is done.
    similar_seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    field_order = ["title", "body", "kind", "tags", "competencies", "cid", "base"]

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competencies"].queryset = Competency.objects.filter(pool_code=pool.code)


class EditForm(forms.Form):
    """Another text for a post; with the question itself, another title too."""

    title = AskForm.base_fields["title"]
    body = PostForm.base_fields["body"]
    reason = TypedField(label=_("Why (optional)"), max_length=200, required=False)
    revision = forms.IntegerField(min_value=1, max_value=LAST_REVISION, widget=forms.HiddenInput)
    cid = forms.UUIDField(initial=uuid.uuid4, required=False, widget=forms.HiddenInput)
    base = PostForm.base_fields["base"]

    def __init__(self, *args, post, initial=None, **kwargs):
        now = {"title": post.topic.title, "body": post.body, "revision": post.revision}
        super().__init__(*args, initial=now | (initial or {}), **kwargs)
        if post.number > 1:
            del self.fields["title"]


class AnswersForm(forms.Form):
    """The topic that answers what somebody was about to ask, as the search names it."""

    answers = RowField(queryset=None)

    def __init__(self, data, *, person):
        super().__init__({"answers": data.get("answers", "").removeprefix("topic:")})
        self.fields["answers"].queryset = Topic.objects.visible_to(person)


class AcceptForm(forms.Form):
    post = RowField(
        queryset=None, error_messages={"invalid_choice": _("Choose an answer of this topic.")}
    )

    def __init__(self, *args, topic, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["post"].queryset = topic.posts.filter(number__gt=1)


class RoleForm(forms.Form):
    """Who is what in a pool; nothing chosen ends the membership."""

    employee_id = forms.CharField(label=_("Employee id"), max_length=20)
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[*PoolMembership.Role.choices, ("", _("None"))]
    )

    def clean_employee_id(self):
        given = self.cleaned_data["employee_id"]
        person = User.objects.filter(is_active=True, employee_id__iexact=given).first()
        if person is None:
            raise forms.ValidationError(_("Nobody with this employee id works here now."))
        self.cleaned_data["person"] = person
        return given


class WordForm(forms.Form):
    """A word of the vocabulary."""

    word = TypedField(label=_("Another word"), one_line=True, max_length=LONGEST_TAG)

    def clean_word(self):
        return self.cleaned_data["word"].lower()


class ReadForm(forms.Form):
    """The number of a post."""

    number = forms.IntegerField(min_value=1, max_value=LAST_REVISION)


class LevelForm(forms.Form):
    """How much one wants to hear; nothing chosen forgets what was said before."""

    level = forms.TypedChoiceField(
        choices=[*Watch.Level.choices, ("", "-")], coerce=int, required=False, empty_value=None
    )


class SwitchForm(forms.Form):
    """On or off, as a set value and not a toggle: repeating changes nothing."""

    value = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda v: v == "1")
