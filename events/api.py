"""/api/v1/: talks, their slides as text, and the register of actions."""

from datetime import date, datetime

from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.pagination import paginate

from events.models import Action, Edition, Talk
from people.paging import Paging

router = Router(tags=["events"])


class TalkOut(Schema):
    slug: str
    title: str
    speaker_names: str
    starts: datetime
    minutes: int
    room: str
    url: str

    @staticmethod
    def resolve_url(talk: Talk) -> str:
        return talk.get_absolute_url()


class SlideOut(Schema):
    number: int
    text: str
    url: str


class TalkDetail(TalkOut):
    abstract: str
    competencies: list[str]
    slides: list[SlideOut]

    @staticmethod
    def resolve_competencies(talk: Talk) -> list[str]:
        return list(talk.competencies.values_list("code", flat=True))

    @staticmethod
    def resolve_slides(talk: Talk, context) -> list[dict]:
        shown = talk.shown_material(context["request"].user)
        pages = shown.pages.select_related("material__resource__talk__edition") if shown else []
        return [
            {"number": page.number, "text": page.text, "url": page.get_absolute_url()}
            for page in pages
        ]


class ActionOut(Schema):
    number: int
    text: str
    owner: str
    due: date
    state: str
    overdue: bool
    url: str

    @staticmethod
    def resolve_owner(action: Action) -> str:
        return action.owner.name

    @staticmethod
    def resolve_url(action: Action) -> str:
        return action.get_absolute_url()


@router.get("/editions/{slug:slug}/talks", response=list[TalkOut])
@paginate(Paging)
def list_talks(request, slug: str):
    """The programme of one conference, by time."""
    edition = get_object_or_404(Edition.objects.visible_to(request.user), slug=slug)
    rows = Talk.objects.visible_to(request.user).on().filter(edition=edition)
    return rows.select_related("edition")


@router.get("/talks/{slug:slug}", response=TalkDetail)
def get_talk(request, slug: str):
    """A talk with the text of its slides, each with its address."""
    rows = Talk.objects.visible_to(request.user).select_related("edition")
    return get_object_or_404(rows, slug=slug)


@router.get("/actions", response=list[ActionOut])
@paginate(Paging)
def list_actions(request, state: Action.State = Action.State.OPEN):
    """The register of actions of meetings that you may know of."""
    rows = Action.objects.visible_to(request.user).filter(state=state)
    return rows.select_related("meeting", "owner")
