"""Pages of the vocabulary: all tags, and the topics of one with its synonyms."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from forums import reading_place, tagging
from forums.forms import WordForm
from forums.models import Topic, Watch
from forums.pages import visible_tag

PAGE_SIZE = 60
TOPICS_ON_A_PAGE = 30


def tags(request):
    """The words of the site; those that no expert looks after on request."""
    rows = tagging.vocabulary(request.user)
    alone = request.GET.get("show") == "alone"
    if alone:
        rows = rows.filter(has_expert=False)
    context = {
        "title": _("Tags"),
        "alone": alone,
        "rows": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "crumbs": [(_("Pools and questions"), reverse("forums:pools")), (_("Tags"), None)],
    }
    return render(request, "forums/tags.html", context)


def tag(request, tag):
    """Topics with a tag, of every pool; a synonym leads to what it means."""
    found = visible_tag(request.user, tag)
    if found.name != tag and request.method != "POST":
        return redirect("forums:tag", tag=found.name)
    form = WordForm(request.POST or None) if tagging.may_keep(request.user) else None
    if request.method == "POST" and form is None:
        raise PermissionDenied(_("Only leads of pools and administrators keep the tags."))
    if form is not None and form.is_bound and form.is_valid():
        name = _change(request, found, form)
        if name:
            return redirect("forums:tag", tag=name)
    topics = Topic.objects.visible_to(request.user).filter(tags=found).with_counts()
    watch = Watch.objects.filter(person=request.user.pk, tag=found).first()
    rows = reading_place.with_place(topics, request.user)
    context = {
        "title": _("Tag “%(tag)s”") % {"tag": found.name},
        "tag": found,
        "form": form,
        "synonyms": [row.name for row in found.synonyms.all()],
        "rows": Paginator(rows, TOPICS_ON_A_PAGE).get_page(request.GET.get("page")),
        "levels": Watch.Level.choices,
        "level": watch.level if watch else None,
        "crumbs": [(_("Tags"), reverse("forums:tags")), (found.name, None)],
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "forums/tag.html", context, status=status)


def _change(request, found, form) -> str:
    """Make the word a synonym, or merge the tag into it; the name to go on with, empty if wrong."""
    word = form.cleaned_data["word"]
    try:
        if "merge" not in request.POST:
            tagging.add_synonym(found, word, by=request.user)
            return found.name
        into = tagging.find(word)
        if into is None:
            form.add_error("word", _("There is no tag with this name."))
            return ""
        tagging.merge(found, into=into, by=request.user)
    except tagging.VocabularyError as error:
        form.add_error("word", str(error))
        return ""
    return into.name
