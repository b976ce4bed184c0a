import uuid
from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from desk import questions
from desk.models import LONGEST_BODY, LONGEST_TITLE, Request, Service, SharedAnswer, Slot
from desk.services import serving
from forums.forms import BodyField, KeptForm, TypedField
from forums.models import ExpertPool
from forums.text import LONGEST_POST
from people.fields import MomentField, RowField, RowsField

LONGEST_NOTE = 4_000


class PersonChoice(RowField):
    def label_from_instance(self, person):
        return person.name


class PoolChoice(RowField):
    def label_from_instance(self, pool):
        return pool.title


class ServiceChoice(RowField):
    def label_from_instance(self, service):
        return f"{service.pool.title}: {service.name}"


class IntakeForm(KeptForm):
    """What every request says, whichever way it comes in."""

    title = TypedField(
        label=_("What is needed?"),
        min_length=8,
        max_length=LONGEST_TITLE,
        one_line=True,
        help_text=_("One line that says what should be different afterwards."),
    )
    body = TypedField(
        label=_("What happens, what was tried, what do you need?"),
        max_length=LONGEST_BODY,
        help_text=_("Markdown. Your agency and the pool can read it; leave passwords out."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    urgency = forms.ChoiceField(
        label=_("How urgent is it?"),
        choices=Request.Urgency.choices,
        initial=Request.Urgency.NORMAL,
        widget=forms.RadioSelect,
    )
    on_site = forms.BooleanField(label=_("Somebody has to come to us"), required=False)
    confidential = forms.BooleanField(
        label=_("Confidential: only I and those who serve the pool read it, not my agency"),
        required=False,
    )


class FileForm(IntakeForm):
    """A plain request, to a pool that the requester chooses."""

    pool = PoolChoice(
        label=_("Which pool?"), queryset=ExpertPool.objects.none(), empty_label=_("Choose a pool")
    )
    field_order = ["pool"]

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pool"].queryset = ExpertPool.objects.visible_to(person).order_by("title")


class ServiceRequestForm(IntakeForm):
    """A request for a service of the catalogue, with what that service asks."""

    def __init__(self, *args, service: Service, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = questions.from_rows(service.questions)
        for number, question in enumerate(self.asked, 1):
            self.fields[f"answer_{number}"] = questions.form_field(question)
        own = [f"answer_{number}" for number in range(1, len(self.asked) + 1)]
        self.order_fields(["title", *own, "body"])

    def clean(self):
        """The answers come out as label and text; what was left empty is left out."""
        data = super().clean()
        told = [
            (question.label, questions.told(data.pop(f"answer_{number}", None)))
            for number, question in enumerate(self.asked, 1)
        ]
        data["answers"] = [pair for pair in told if pair[1]]
        return data


class ServiceForm(forms.ModelForm):
    """A service as the lead of its pool writes it."""

    asks = forms.CharField(
        label=_("What it asks"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "One question a line: “Label* | kind | choice; choice”. A star makes it needed. "
            "Kinds: line, text, number, date, yesno, choice."
        ),
    )

    class Meta:
        model = Service
        fields = [
            "name",
            "description",
            "kind",
            "asks",
            "response_hours",
            "update_hours",
            "delivery_hours",
            "active",
        ]
        field_classes = {"description": TypedField}
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args, pool: ExpertPool, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.pool = pool
        self.fields["name"] = TypedField(label=_("Name"), max_length=120, one_line=True)
        self.fields["description"].max_length = LONGEST_BODY
        self.fields["description"].help_text = _("Markdown: what it is, and what it is not.")
        if self.instance.pk:
            rows = questions.from_rows(self.instance.questions)
            self.initial["asks"] = questions.to_text(rows)

    def clean_asks(self):
        try:
            return questions.parse(self.cleaned_data["asks"])
        except questions.QuestionError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = self.instance.pool.services.filter(name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(_("This pool offers a service of that name already."))
        return name


class SecondPoolForm(forms.Form):
    second = PoolChoice(
        label=_("Which pool is asked too?"),
        queryset=ExpertPool.objects.none(),
        required=False,
        empty_label=_("None: the secretariat hears next"),
        help_text=_(
            "When a request is late for a working day, those who serve it may take it over."
        ),
    )

    def __init__(self, *args, pool: ExpertPool, **kwargs):
        super().__init__(*args, **kwargs)
        others = ExpertPool.objects.live().exclude(pk=pool.pk)
        self.fields["second"].queryset = others.order_by("title")


def unnamed_text() -> forms.UUIDField:
    return forms.UUIDField(initial=uuid.uuid4, required=False, widget=forms.HiddenInput)


class NoteForm(KeptForm):
    """A step with a word about it."""

    cid = unnamed_text()  # the page and its script say it; a step without is one all the same

    note = TypedField(
        label=_("Note (optional)"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, request, note_needed=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        if note_needed:
            self.fields["note"].required = True
            self.fields["note"].label = _("Why, or what is missing?")


class RouteForm(NoteForm):
    pool = PoolChoice(label=_("To which pool?"), queryset=ExpertPool.objects.none())
    service = ServiceChoice(
        label=_("As which service? (optional)"),
        queryset=Service.objects.none(),
        required=False,
        empty_label=_("As a plain request"),
        help_text=_("The clocks go on with its times."),
    )
    field_order = ["pool", "service", "note"]

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, request=request, **kwargs)
        live = ExpertPool.objects.live().order_by("title")
        self.fields["pool"].queryset = live
        self.fields["service"].queryset = Service.objects.filter(
            active=True, pool__in=live
        ).select_related("pool")

    def clean(self):
        data = super().clean()
        pool, service = data.get("pool"), data.get("service")
        if pool and service and service.pool_id != pool.pk:
            self.add_error("service", _("This is a service of another pool."))
        elif pool and (pool, service) == (self.request.pool, self.request.service):
            self.add_error("pool", _("That is where it is now."))
        return data


class HandOverForm(NoteForm):
    to = PersonChoice(label=_("To whom?"), queryset=None)
    field_order = ["to", "note"]

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, request=request, **kwargs)
        self.fields["to"].queryset = serving(request.pool).exclude(pk=request.claimed_by_id)


class DeliverForm(NoteForm):
    deliverable = TypedField(
        label=_("What was done, and where is it?"),
        max_length=LONGEST_BODY,
        help_text=_("Markdown. The requester signs this off."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    hours = forms.DecimalField(
        label=_("Hours of work (optional)"),
        min_value=0,
        max_value=1000,
        max_digits=5,
        decimal_places=1,
        required=False,
    )
    competencies = RowsField(
        label=_("Competencies that this work shows (optional)"),
        queryset=Competency.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The requester sees them; signed off, they become evidence."),
    )
    field_order = ["deliverable", "hours", "competencies"]

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, request=request, **kwargs)
        del self.fields["note"]
        self.fields["competencies"].queryset = Competency.objects.filter(
            pool_code=request.pool.code
        )


class AcceptForm(NoteForm):
    rating = forms.TypedChoiceField(
        label=_("How well did it help?"),
        choices=[
            (5, _("5: entirely")),
            (4, _("4: well")),
            (3, _("3: partly")),
            (2, _("2: little")),
            (1, _("1: not at all")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    field_order = ["rating", "note"]


class MergeForm(NoteForm):
    into = RowField(label=_("Into which request?"), queryset=Request.objects.none())
    field_order = ["into", "note"]

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, request=request, **kwargs)
        others = Request.objects.open().filter(pool=request.pool_id).exclude(pk=request.pk)
        self.fields["into"].queryset = others


class MessageForm(KeptForm):
    """A word to the other side."""

    body = BodyField(
        label=_("Message"),
        max_length=LONGEST_NOTE,
        help_text=_("Markdown."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    internal = forms.BooleanField(
        label=_("A note: only those who serve the pool read it"), required=False
    )


class ShareForm(forms.ModelForm):
    """Question and answer, as everybody who may read the pool will read them."""

    cid = unnamed_text()
    base = KeptForm.base_fields["base"]

    class Meta:
        model = SharedAnswer
        fields = ["title", "question", "answer"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"] = TypedField(
            label=_("Title"), min_length=8, max_length=LONGEST_TITLE, one_line=True
        )
        for name, label in (("question", _("Question")), ("answer", _("Answer"))):
            area = forms.Textarea(attrs={"rows": 10})
            self.fields[name] = TypedField(label=label, max_length=LONGEST_POST, widget=area)


class SlotForm(KeptForm):
    kind = forms.ChoiceField(
        label=_("What?"), choices=Slot.Kind.choices, initial="visit", widget=forms.RadioSelect
    )
    starts = MomentField(label=_("When?"))
    minutes = forms.IntegerField(
        label=_("How many minutes?"), min_value=5, max_value=600, initial=60
    )
    place = TypedField(label=_("Where, or the link of the session"), max_length=200, one_line=True)
    travel = TypedField(
        label=_("Travel of a visit: who approved it, and how (optional)"),
        max_length=300,
        one_line=True,
        required=False,
        help_text=_("Such as “Order 12 of the Director, pool vehicle”. It can be said later."),
    )

    def clean_starts(self):
        starts = self.cleaned_data["starts"]
        if not timezone.now() <= starts <= timezone.now() + timedelta(days=366):
            raise forms.ValidationError(_("A time to come, within a year."))
        return starts

    def clean(self):
        data = super().clean()
        if data.get("travel") and data.get("kind") == Slot.Kind.REMOTE:
            self.add_error("travel", _("Nobody travels to a remote session."))
        return data


class TravelForm(forms.Form):
    travel = TypedField(
        label=_("Travel: who approved it, and how"), max_length=300, one_line=True, required=False
    )


FORMS: dict[str, type[NoteForm]] = {
    "route": RouteForm,
    "hand_over": HandOverForm,
    "deliver": DeliverForm,
    "accept": AcceptForm,
    "merge": MergeForm,
}


def form_for(step, request, data=None, begun=None) -> NoteForm:
    """The form of one step of `request`; ids of its fields do not clash with another's."""
    return FORMS.get(step.verb, NoteForm)(
        data,
        initial=begun,
        request=request,
        note_needed=step.note_needed,
        auto_id=f"id_{step.verb}_%s",
    )
