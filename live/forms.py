import uuid
from datetime import timedelta
from typing import cast

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from competencies.models import Competency
from desk.models import Request
from forums.models import ExpertPool, PoolMembership
from live.models import Poll, Session
from live.protocol import BODY_MAX, BODY_MIN
from people.audiences import EVERYONE, OFFICIALS, OPERATORS
from people.fields import MomentField, RowField, RowsField
from people.models import Audience

NAME_MODES = {
    "named": _("My name is shown"),
    "to_hosts": _("Only the hosts see my name"),
    "anonymous": _("Nobody sees my name"),
}
NAMES_STATED = {
    "named": _("Your name and your question are shown to everybody in this session."),
    "to_hosts": _(
        "Your question is shown to everybody. You choose whether your name is shown too, "
        "or only to the hosts."
    ),
    "anonymous": _("Your question is shown to everybody. You choose who sees your name."),
}


class AskForm(forms.Form):
    """The field of a question; the limits themselves stand in protocol.py, for every transport."""

    body = forms.CharField(
        label=_("Your question"),
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-draft": "", "data-most": BODY_MAX}),
        help_text=_("%(least)d to %(most)d characters.") % {"least": BODY_MIN, "most": BODY_MAX},
    )
    name_mode = forms.ChoiceField(label=_("Your name"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args, session, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].help_text = f"{NAMES_STATED[session.names]} " + str(
            self.fields["body"].help_text
        )
        modes = session.name_modes
        if len(modes) == 1:
            del self.fields["name_mode"]
        else:
            choice = cast(forms.ChoiceField, self.fields["name_mode"])
            choice.choices = [(mode, NAME_MODES[mode]) for mode in modes]
            self.initial.setdefault("name_mode", modes[0])


class PollForm(forms.Form):
    """What a host asks everybody; the limits stand in protocol.py."""

    text = forms.CharField(label=_("What you ask"), required=False, strip=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Poll.Kind, required=False)
    options = forms.CharField(
        label=_("Answers, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Two to ten. For a scale: two words for its ends, or none."),
    )


class PlanForm(forms.ModelForm):
    """Plan a session of a pool that the planner serves."""

    WIDE = {
        "everyone": _("Everybody who signs in"),
        "officials": _("Officials"),
        "operators": _("Centre operators"),
        "pool": _("Members of the pool"),
    }
    audience_choice = forms.ChoiceField(
        label=_("Who may take part"), choices=list(WIDE.items()), initial="everyone"
    )
    cid = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Session
        fields = [
            *("title", "summary", "pool", "host", "moderators", "starts", "ends"),
            *("moderated", "names", "competencies", "level", "requests", "about"),
        ]
        field_classes = {
            **dict.fromkeys(("starts", "ends"), MomentField),
            **dict.fromkeys(("pool", "host", "level"), RowField),
            **dict.fromkeys(("moderators", "competencies", "requests"), RowsField),
        }
        labels = {
            "pool": _("Pool"),
            "host": _("Host"),
            "moderators": _("Moderators"),
            "competencies": _("Competencies"),
            "level": _("Level"),
            "requests": _("Requests that it answers"),
            "about": _("What it follows"),
        }
        help_texts = {
            "starts": _("Thimphu time. Questions can be asked as soon as it is planned."),
            "moderated": _("Questions are seen by everybody only after a host let them through."),
            "names": _("Askers are told before they type."),
            "requests": _("Similar open requests of your pools; who filed them is told."),
            "about": _("The path of a talk or another page here, such as /events/…; may be empty."),
            "competencies": _("Hosting is recorded as evidence for these."),
            "level": _("The level that hosting shows; without it nothing is recorded."),
        }

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        own = PoolMembership.objects.serving().filter(person=person)
        hands = (
            PoolMembership.objects.serving().filter(pool__in=own.values("pool")).values("person")
        )
        people = get_user_model().objects.filter(pk__in=hands, is_active=True).order_by("name")
        pools = ExpertPool.objects.filter(pk__in=own.values("pool"))
        if self.instance.pk:
            pools = ExpertPool.objects.filter(pk=self.instance.pool_id)
        self._choose_from("pool", pools)
        self._choose_from("host", people)
        self._choose_from("moderators", people)
        self._choose_from(
            "competencies", Competency.objects.filter(pool_code__in=pools.values("code"))
        )
        filed = Request.objects.visible_to(person).open().filter(pool__in=own.values("pool"))
        self._choose_from("requests", filed.filter(confidential=False).order_by("title", "pk"))
        self.fields["requests"].widget.attrs["size"] = 6
        self.fields["moderators"].widget.attrs["size"] = 5
        self.fields["competencies"].widget.attrs["size"] = 6
        if self.instance.pk:
            self.initial["audience_choice"] = self._choice_of(self.instance.audience.key)
            self.fields["pool"].disabled = True
        else:
            self.initial.setdefault("host", person.pk)
        if not self.is_bound:
            self.initial["cid"] = uuid.uuid4()

    def _choose_from(self, name: str, rows: QuerySet) -> None:
        cast(RowField, self.fields[name]).queryset = rows

    @staticmethod
    def _choice_of(key: str) -> str:
        return "pool" if key.startswith("pool:") else key

    def clean_about(self):
        about = self.cleaned_data["about"].strip()
        if about and not (about.startswith("/") and url_has_allowed_host_and_scheme(about, None)):
            raise forms.ValidationError(_("Give the path of a page here: it begins with “/”."))
        return about

    def clean(self):
        cleaned = super().clean() or {}
        pool, host = cleaned.get("pool"), cleaned.get("host")
        serves = PoolMembership.objects.serving().filter(pool=pool, person=host)
        if pool and host and not serves.exists():
            self.add_error("host", _("The host must be an expert or a lead of this pool."))
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The end must come after the start."))
        if starts and not self.instance.pk and starts < timezone.now() - timedelta(days=1):
            self.add_error("starts", _("This day has passed."))
        return cleaned

    def audience(self) -> Audience:
        choice = self.cleaned_data["audience_choice"]
        tokens = {"everyone": EVERYONE, "officials": OFFICIALS, "operators": OPERATORS}
        pool = self.cleaned_data["pool"]
        return Audience.objects.of(tokens.get(choice) or f"pool:{pool.code}")

    def planned(self) -> dict:
        """What services.plan_session and change_plan take."""
        fields = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**fields, "audience": self.audience(), "cid": self.cleaned_data["cid"]}
