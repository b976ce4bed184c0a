from django import template

from assessments import wording
from assessments.formats import cloze
from assessments.forms import AnswerForm
from assessments.models import QuestionVersion

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
def plain(text, content):
    """A text of a question without its markup."""
    return wording.stem_in_words(text, content)


@register.filter
def right_of(question):
    """What earns full marks, in words; empty where people judge."""
    return wording.right_in_words(question.type, question.content)


@register.filter
def type_name(item):
    return QuestionVersion.Type(item.type).label
