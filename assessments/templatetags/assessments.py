from django import template
from django.utils.translation import gettext_lazy as _

from assessments import wording
from assessments.formats import cloze
from assessments.forms import AnswerForm
from assessments.models import QuestionVersion
from assessments.statistics import Flag, right_options

register = template.Library()


@register.inclusion_tag("assessments/_check.html", takes_context=True)
def check_question(context, question):
    """A check question with its form, wherever a page has one."""
    version = question.current
    form = AnswerForm(version=version, slot=question.pk, prefix=question.ident)
    request = context.get("request")
    return {
        "question": question,
        "version": version,
        "form": form,
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.filter
def stem(version):
    """The text of a question as HTML, gaps as lines."""
    text = version.stem
    if version.type == "cloze":
        text = cloze.PLACE.sub(wording.GAP, text)
    return wording.rich(text, wording.form_of(version.content))


@register.filter
def duration(seconds):
    """Seconds as people say them: "4 min 44 s"."""
    minutes, rest = divmod(round(seconds), 60)
    parts = [_("%(count)d min") % {"count": minutes}] if minutes else []
    if rest or not minutes:
        parts.append(_("%(count)d s") % {"count": rest})
    return " ".join(str(part) for part in parts)


@register.filter
def plain(text, content):
    """A text of a question without its markup."""
    return wording.stem_in_words(text, content)


@register.filter
def right_of(question):
    """What earns full marks, in words; empty where people judge."""
    return wording.right_in_words(question.type, question.content)


FLAGS = {
    Flag.WRONG_KEY: _("key may be wrong"),
    Flag.NEGATIVE: _("the better ones fail it"),
    Flag.WEAK: _("tells little apart"),
    Flag.TOO_EASY: _("nearly all get it right"),
    Flag.TOO_HARD: _("nearly all get it wrong"),
}


@register.filter
def flag_name(flag):
    return FLAGS[flag]


@register.filter
def percent(share):
    """A share of one in whole percent; a dash for none."""
    return "–" if share is None else f"{round(share * 100)} %"


@register.filter
def chosen_rows(version, statistics):
    """Each option of a choice with how often it was taken."""
    content = version.content
    rows = content.get("answers", [])
    texts = [wording.flat(row["text"], wording.form_of(content, row)) for row in rows]
    if version.type == "true_false":
        texts = [str(_("True")), str(_("False"))]
    right = right_options(version.type, content)
    return [(text, statistics.chosen.get(i, 0), i in right) for i, text in enumerate(texts)]


@register.filter
def type_name(item):
    return QuestionVersion.Type(item.type).label
