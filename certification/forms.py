from typing import Any

import yaml
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.models import Quiz
from certification.models import Proposal, Scheme
from certification.tree import Leaf, RuleError, cycle_in, leaves, parse
from competencies.models import Competency
from courses.models import CoursePage
from people.models import CentreService, Dzongkhag, User

Kind = Proposal.Kind


class RuleField(forms.CharField):
    """A rule tree written in YAML; its value is the tree as plain values."""

    widget = forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "code-input"})

    def prepare_value(self, value):
        if isinstance(value, dict):
            return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
        return value

    def to_python(self, value) -> dict[str, Any] | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            raw = yaml.safe_load(text)
            rule = parse(raw)
        except yaml.YAMLError as error:
            raise ValidationError(_("This is no YAML: %(error)s") % {"error": error}) from error
        except (RuleError, RecursionError) as error:
            raise ValidationError(str(error) or _("The rule is too large.")) from error
        if faults := unknown_names(leaves(rule)):
            raise ValidationError(faults)
        return raw


def unknown_names(found) -> list[str]:
    """A sentence for each leaf that names what is not there."""
    known = {
        "course": set(CoursePage.objects.values_list("slug", flat=True)),
        "quiz": set(Quiz.objects.values_list("slug", flat=True)),
        "certificate": set(Scheme.objects.values_list("code", flat=True)),
    }
    competencies = dict(Competency.objects.values_list("code", "framework"))
    levels = set(Competency.objects.values_list("code", "framework__levels__name"))

    def is_known(leaf: Leaf) -> bool:
        if leaf.kind in known:
            return leaf.key in known[leaf.kind]
        if leaf.kind in ("observation", "standing"):
            named = not leaf.level or (leaf.key, leaf.level) in levels
            return leaf.key in competencies and named
        return True

    return [
        str(_("There is no %(kind)s “%(key)s” (level “%(level)s”)."))
        % {"kind": leaf.kind, "key": leaf.key, "level": leaf.level or "-"}
        if leaf.level
        else str(_("There is no %(kind)s “%(key)s”.")) % {"kind": leaf.kind, "key": leaf.key}
        for leaf in found
        if not is_known(leaf)
    ]


class SchemeForm(forms.ModelForm):
    rule = RuleField(
        label=_("What earns it"),
        help_text=_(
            "A tree in YAML. Groups: all, any, at_least with of. Parts: course, quiz (with "
            "percent), observation, standing (with level), tenure in months (at: centre), "
            "certificate."
        ),
    )
    renewal = RuleField(
        label=_("What renews it"),
        required=False,
        help_text=_("Such as the quiz of a refresher. Empty: the whole rule, with new results."),
    )

    class Meta:
        model = Scheme
        fields = [
            "title",
            "description",
            "valid_months",
            "renew_from_days",
            "refresher_days",
            "grace_days",
            "rule",
            "renewal",
        ]

    def clean(self):
        data = super().clean()
        trees = [data.get("rule"), data.get("renewal")]
        if any(name in self.errors for name in ("rule", "renewal")):
            return data
        needs = {
            row.code: needed(row.rule, row.renewal)
            for row in Scheme.objects.exclude(pk=self.instance.pk)
        }
        ring = cycle_in(needs | {self.instance.code: needed(*trees)})
        if ring:
            self.add_error(
                "rule",
                _("These certificates would need each other: %(ring)s.")
                % {"ring": " → ".join(ring)},
            )
        return data


def needed(*trees: dict[str, Any] | None) -> list[str]:
    """The codes of the certificates that these trees ask for."""
    return [
        leaf.key
        for raw in trees
        if raw
        for leaf in leaves(parse(raw))
        if leaf.kind == "certificate"
    ]


class ChangeForm(forms.Form):
    kind = forms.ChoiceField(label=_("What to do"), choices=())
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        help_text=_("Everybody who checks the certificate reads this."),
    )

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]


class IssueForm(forms.Form):
    scheme = forms.ModelChoiceField(label=_("Certificate"), queryset=Scheme.objects.all())
    holder = forms.ModelChoiceField(
        label=_("Employee ID of the holder"),
        queryset=User.objects.filter(is_active=True),
        to_field_name="employee_id",
        widget=forms.TextInput,
        error_messages={"invalid_choice": _("Nobody in the registry has this employee ID.")},
    )
    reason = forms.CharField(
        label=_("On what basis"),
        max_length=300,
        help_text=_("This is printed on the certificate."),
    )


class CheckForm(forms.Form):
    serial = forms.RegexField(
        r"\A[A-Za-z0-9 -]+\Z",
        label=_("Number on the certificate"),
        max_length=20,
        error_messages={"invalid": _("A number has only letters, digits and hyphens.")},
        help_text=_("Such as CC-2026-7KMP-4XQR."),
    )


class ReadinessForm(forms.Form):
    dzongkhag = forms.ModelChoiceField(
        label=_("Dzongkhag"),
        queryset=Dzongkhag.objects.all(),
        to_field_name="name",
        required=False,
        empty_label=_("All"),
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            ("not_ready", _("Not ready")),
            ("lapsing", _("Lapsing")),
            ("ready", _("Ready")),
        ],
    )
    service = forms.ModelChoiceField(
        label=_("Service"),
        queryset=CentreService.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All"),
    )
