import uuid

from django import forms
from django.core.validators import ProhibitNullCharactersValidator as ProhibitNull
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from forums.models import PoolMembership, Topic
from forums.text import (
    LONGEST_POST,
    LONGEST_TAG,
    LONGEST_TITLE,
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


class PostForm(forms.Form):
    body = TypedField(
        label=_("Text"),
        max_length=LONGEST_POST,
        help_text=_("Markdown: **bold**, lists, `code`, and three backticks round a block of it."),
        widget=forms.Textarea(attrs={"rows": 8, "data-draft": ""}),
    )
    cid = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


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
    field_order = ["title", "body", "kind", "tags", "competencies", "cid"]

    def __init__(self, *args, pool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["competencies"].queryset = Competency.objects.filter(pool_code=pool.code)


class EditForm(forms.Form):
    """Another text for a post; with the question itself, another title too."""

    title = AskForm.base_fields["title"]
    body = PostForm.base_fields["body"]
    reason = TypedField(label=_("Why (optional)"), max_length=200, required=False)
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args, post, **kwargs):
        now = {"title": post.topic.title, "body": post.body, "revision": post.revision}
        super().__init__(*args, initial=now, **kwargs)
        if post.number > 1:
            del self.fields["title"]


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


class SwitchForm(forms.Form):
    """On or off, as a set value and not a toggle: repeating changes nothing."""

    value = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda v: v == "1")
