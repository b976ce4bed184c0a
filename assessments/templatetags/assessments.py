from django import template

from assessments.forms import AnswerForm

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
