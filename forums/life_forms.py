"""Forms of what happens to a topic over its life."""

import re

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forums.attaching import MOST_FILES
from forums.forms import AskForm, TypedField
from forums.models import Attachment, ExpertPool, Post, PostRevision, Topic
from people.fields import DayInput, RowField, RowsField
from people.inert import LARGEST_PICTURE

LARGEST_IMPORT = 2 * 2**20
TOPIC_ADDRESS = re.compile(r"(?:^|/topics/)(\d{1,18})(?:/|\?|#|$)")


def reason_field(**kwargs):
    return TypedField(label=_("Why"), one_line=True, max_length=200, **kwargs)


class MergeForm(forms.Form):
    """The address of the topic that goes on."""

    into = TypedField(
        label=_("Address or number of the topic that goes on"), one_line=True, max_length=500
    )
    reason = reason_field(required=False)

    def __init__(self, *args, topic, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.topics = Topic.objects.visible_to(person).exclude(pk=topic.pk)

    def clean_into(self):
        typed = self.cleaned_data["into"]
        found = TOPIC_ADDRESS.search(typed)
        topic = self.topics.filter(pk=found[1]).first() if found else None
        if topic is None:
            raise forms.ValidationError(_("There is no other topic with this address."))
        self.cleaned_data["topic"] = topic
        return typed


class SplitForm(forms.Form):
    title = AskForm.base_fields["title"]
    posts = RowsField(
        label=_("Answers that go"), queryset=None, widget=forms.CheckboxSelectMultiple
    )
    reason = reason_field(required=False)

    def __init__(self, *args, topic, **kwargs):
        super().__init__(*args, **kwargs)
        rows = topic.posts.filter(number__gt=1).select_related("author").order_by("number")
        self.fields["posts"].queryset = rows
        self.fields["posts"].label_from_instance = _opening


def _opening(post: Post) -> str:
    return f"#{post.number} {post.written_by}: {post.body[:70]}"


class MoveForm(forms.Form):
    pool = RowField(label=_("Pool"), queryset=ExpertPool.objects.none())
    reason = reason_field(required=False)

    def __init__(self, *args, topic, person, **kwargs):
        super().__init__(*args, **kwargs)
        pools = ExpertPool.objects.visible_to(person).exclude(pk=topic.pool_id)
        self.fields["pool"].queryset = pools.order_by("title")
        if topic.audience_id == topic.pool.audience_id:
            self.fields["pool"].help_text = _("Whoever may read the pool may read the topic then.")


class ObsoleteForm(forms.Form):
    reason = reason_field(help_text=_("What holds instead, or since when it is no longer true."))


class ReviewForm(forms.Form):
    day = forms.DateField(label=_("Look at it again by"), widget=DayInput)

    def clean_day(self):
        day, today = self.cleaned_data["day"], timezone.localdate()
        if not 0 <= (day - today).days <= 3660:
            raise forms.ValidationError(_("A day between today and ten years from now."))
        return day


class RestoreForm(forms.Form):
    revision = RowField(queryset=PostRevision.objects.none())

    def __init__(self, *args, post, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["revision"].queryset = post.revisions.all()


class RedactVersionForm(forms.Form):
    reason = TypedField(
        label=_("Why"),
        one_line=True,
        max_length=300,
        help_text=_("Do not repeat what the version says: the reason stays on record."),
    )
    final = forms.BooleanField(
        label=_("I know that this cannot be undone"),
        error_messages={"required": _("The version is gone for good then: confirm it.")},
    )


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Files as names and bytes."""

    widget = SeveralFilesInput

    def clean(self, data, initial=None):
        files = [data] if isinstance(data, UploadedFile) else data or []
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("At most %(most)d files."), params={"most": MOST_FILES})
        for file in files:
            if file.size > LARGEST_PICTURE:
                raise forms.ValidationError(
                    _("%(name)s is larger than 10 MB."), params={"name": file.name}
                )
        return [(file.name, file.read()) for file in files]


class FilesForm(forms.Form):
    attached = SeveralFilesField(
        label=_("Pictures and logs (optional)"),
        required=False,
        help_text=_(
            "Up to 8: PNG, JPEG, WebP or GIF to 10 MB; logs and configurations as text to 1 MB. "
            "Take passwords out first."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.chosen: list[tuple[str, bytes]] = []  # also where one of them is refused later

    def clean_attached(self):
        self.chosen = self.cleaned_data["attached"]
        return self.chosen


class DraftFilesForm(FilesForm):
    """Files of a text that is being written; those that its draft keeps can be taken away."""

    def __init__(self, *args, draft=None, **kwargs):
        super().__init__(*args, **kwargs)
        kept = draft.attachments.all() if draft else []
        if kept:
            self.fields["drop"] = RowsField(
                label=_("Kept with your text. Tick what you take away again"),
                queryset=kept,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )


class DetachForm(forms.Form):
    attachment = RowField(queryset=Attachment.objects.none())

    def __init__(self, *args, post, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["attachment"].queryset = post.attachments.all()


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("JSON lines, up to 2 MB and 500 topics; more by the command.")
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_IMPORT:
            raise forms.ValidationError(_("The file is larger than 2 MB: use the command."))
        return file
