from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from search.engines import Filters, Page
from search.forms import SearchForm
from search.kinds import KINDS
from search.services import Answer, search, similar_for

PAGE_SIZE = 20
LAST_PAGE = 50  # nobody reads further; a deeper page would only make the database sort


@login_required
@require_GET
def page(request):
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "search/page.html", {"form": form, "title": _("Search")}, status=422)
    text = form.cleaned_data["q"].strip()
    filters = Filters(kind=form.cleaned_data["kind"], pool=form.cleaned_data["pool"])
    number = _page_number(request.GET.get("page"))
    context = {"form": form, "text": text, "filters": filters, "title": text or _("Search")}
    if text:
        answer = search(
            text,
            tokens=request.user.audience_tokens,
            filters=filters,
            page=Page(number, PAGE_SIZE),
        )
        context |= {
            "answer": answer,
            "rows": Paginator(Found(answer), PAGE_SIZE).get_page(number),
            "kinds": [
                (kind, label, answer.results.counts["kind"][kind])
                for kind, label in KINDS.items()
                if kind in answer.results.counts.get("kind", {})
            ],
            "pools": sorted(answer.results.counts.get("pool", {}).items()),
        }
    return render(request, "search/page.html", context)


@login_required
@require_GET
def similar_topics(request):
    """A fragment for the asking form: what was asked or taught before about this."""
    hits = similar_for(request.user, request.GET.get("q", ""))
    return render(request, "search/_similar.html", {"hits": hits})


class Found:
    """The answer as a sequence that knows its length, for the pager: one page is there."""

    def __init__(self, answer: Answer):
        self.answer = answer

    @cached_property
    def ordered(self) -> bool:
        return True

    def __len__(self) -> int:
        return min(self.answer.results.total, PAGE_SIZE * LAST_PAGE)

    def __getitem__(self, item: slice) -> list:
        return self.answer.results.hits


def _page_number(text: str | None) -> int:
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), LAST_PAGE)
