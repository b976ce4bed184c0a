from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from desk import catalogue, dues, mail, merging, queries, rules, services, slots, texts
from desk.forms import FileForm, MessageForm, SlotForm, TravelForm, form_for
from desk.intake import take_in
from desk.models import ClockName, Request, Service, Slot, State
from desk.states import BY_VERB, OPEN, QUEUED, IllegalMoveError
from desk.timeline import path_of
from desk.words import BUTTONS, HISTORY
from forums import drafting, writing
from forums.models import ExpertPool
from forums.rules import serves

PAGE_SIZE = 25


@login_required
@require_GET
def request_list(request):
    """What I filed; and for those who serve a pool, its queue and what is in hand."""
    person = request.user
    tabs = {
        "mine": (_("Filed by me"), queries.mine),
        "agency": (_("My agency"), queries.of_the_agency),
    }
    counts = queries.queue_counts(person)
    if person.is_superuser:
        tabs["orphans"] = (_("Without a pool"), queries.orphans)
    if person.roles & {"expert", "lead"}:
        tabs["queue"] = (_("Queue of my pools"), queries.queue_of)
        tabs["hand"] = (_("In my hands"), queries.in_hand)
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in tabs else "mine"
    context = {
        "title": _("Requests"),
        "tabs": [(key, label) for key, (label, _rows) in tabs.items()],
        "tab": tab,
        "measured": rules.measured_pools(person) is not None,
        "counts": counts,
        "rows": Paginator(tabs[tab][1](person), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "desk/list.html", context)


def _file_page() -> str:
    return reverse("desk:file")


@writing.keeps_text(_file_page, room=lambda: texts.FILE)
def file(request):
    """A plain request. Where no pool was chosen, the words of the request suggest one."""
    person = request.user
    pool = ExpertPool.objects.visible_to(person).filter(code=request.GET.get("pool", "")[:16])
    data = request.POST.copy() if request.method == "POST" else None
    _room, begun = writing.begun_in_room(request, texts.FILE)
    form = FileForm(data, person=person, initial={"pool": pool.first()} | begun)
    context = {
        "title": _("File a request"),
        "mail": mail.address(),
        "crumbs": [(_("Requests"), reverse("desk:list")), (_("File a request"), None)],
    }
    if data is not None and not data.get("pool"):
        typed = f"{data.get('title', '')} {data.get('body', '')}"
        context["suggested"] = catalogue.suggestions(typed, Service.objects.offered_to(person))
        if context["suggested"]:  # chosen for the next press, and still to be changed
            form.is_valid()
            data["pool"] = str(context["suggested"][0].service.pool_id)
    return take_in(request, form, "desk/file.html", context, room=texts.FILE)


@login_required
@require_GET
def request_detail(request, pk):
    return request_page(request, visible_request(request, pk))


def page_of(pk, **_step) -> str:
    return reverse("desk:request", args=[pk])


@writing.keeps_text(page_of, room=lambda pk, verb: texts.of_request(pk, verb))
@require_POST
def act(request, pk, verb):
    """One step of a request, whichever it is: desk/states.py says which there are."""
    if verb not in BUTTONS:
        raise Http404
    asked = visible_request(request, pk)
    form = form_for(BY_VERB[verb], asked, request.POST)
    if not form.is_valid():
        return request_page(request, asked, form=form, verb=verb, status=422)
    try:
        _do(verb, asked, request.user, writing.content_of(form))
    except services.AlreadyClaimedError as error:
        messages.warning(request, _("%(who)s has claimed it.") % {"who": error.by.name})
        return request_page(request, visible_request(request, pk), status=409)
    except merging.MergeError as error:
        form.add_error("into", str(error))
        return request_page(request, asked, form=form, verb=verb, status=422)
    except IllegalMoveError as error:
        return _refused(request, pk, form, verb, error)
    except PermissionDenied as error:
        if form.has_changed():  # what was typed is kept with the reason
            messages.error(request, str(error))
            return request_page(request, asked, form=form, verb=verb, status=403)
        raise
    writing.forget_waiting(request)
    after = _visible_or_none(request, pk)
    if after is None:  # routed to a pool that this person does not serve
        messages.success(request, _("Sent on. The other pool has it now."))
        return redirect("desk:list")
    messages.success(request, _("Now: %(state)s.") % {"state": after.get_state_display()})
    return redirect(after)


@transaction.atomic
def _do(verb: str, asked: Request, person, data: dict) -> None:
    drafting.sent(person, data.pop("cid"))
    if verb == "claim":
        services.claim(asked, by=person)
    elif verb == "merge":
        merging.merge(asked, by=person, **data)
    elif verb in ("route", "hand_over", "take_over", "deliver", "accept"):
        getattr(services, verb)(asked, by=person, **data)
    else:
        services.move(asked, verb, by=person, note=data["note"])


def _refused(request, pk, form, verb, error: IllegalMoveError):
    """409: the step no longer leads on; what was typed is kept, what is allowed is said."""
    allowed = ", ".join(str(BUTTONS[name]) for name in error.allowed) or _("nothing")
    asked = visible_request(request, pk)
    messages.error(
        request,
        _("“%(step)s” is not possible: the request is %(state)s. Possible now: %(allowed)s.")
        % {"step": BUTTONS[verb], "state": asked.get_state_display(), "allowed": allowed},
    )
    return request_page(request, asked, form=form, verb=verb, status=409)


def visible_request(request, pk) -> Request:
    rows = Request.objects.visible_to(request.user).for_page()
    return get_object_or_404(rows, pk=pk)


def _visible_or_none(request, pk) -> Request | None:
    return Request.objects.visible_to(request.user).for_list().filter(pk=pk).first()


def request_page(
    request,
    asked: Request,
    *,
    form=None,
    verb="",
    status=200,
    talk_form=None,
    slot_form=None,
    travel_form=(0, None),
):
    """The page of a request; a form that was refused comes back with what was typed."""
    moves = rules.moves_of(request.user, asked, now=timezone.now())
    verbs = {step.verb for step in moves}
    steps = asked.transitions.all()
    room, begun = writing.begun_in_room(request)
    context = {
        "asked": asked,
        "title": f"{asked.receipt} {asked.title}",
        "actions": [
            {
                "verb": step.verb,
                "label": BUTTONS[step.verb],
                "form": form
                if form and step.verb == verb
                else form_for(step, asked, begun=_begun(asked, step.verb, room, begun)),
                "room": texts.of_request(asked.pk, step.verb),
                "open": step.verb == verb or room == texts.of_request(asked.pk, step.verb),
                "main": number == 0,
            }
            for number, step in enumerate(moves)
        ],
        # The step is gone, but not what was typed for it.
        "kept": form.data.get("note") or form.data.get("deliverable")
        if form and verb not in verbs
        else "",
        "steps": [(step, HISTORY[step.verb]) for step in steps],
        "path": [
            (station, State(station.state).label)
            for station in path_of(asked.state, [step.to_state for step in steps])
        ],
        "clocks": _clocks(asked),
        **_talk(request.user, asked, talk_form, slot_form, travel_form, room, begun),
        "writer": writing.writer_token(request.user),
        "attaches": bool(rules.parts_of(request.user, asked)),
        "shareable": rules.may_draft(request.user, asked),
        "may_plan": asked.state in OPEN
        and not asked.confidential
        and serves(request.user, asked.pool),
        "orphan": asked.state in QUEUED and not asked.pool.live,
        "lapsed": asked.claim_lapsed(timezone.now()),
        "shown": list(asked.competencies.all()) if asked.deliverable else [],
        "crumbs": [(_("Requests"), reverse("desk:list")), (asked.receipt, None)],
    }
    return render(request, "desk/request.html", context, status=status)


def _clocks(asked: Request) -> list[dict]:
    """What the page says of each clock; late ones in words."""
    now = timezone.now()
    return [
        {
            "name": ClockName(row.clock).label,
            "due": row.due,
            "met": row.met,
            "late": row.late(now),
        }
        for row in dues.readings_of(asked)
    ]


def _begun(asked: Request, part: str, room: str, begun: dict) -> dict | None:
    """What a form of the page begins with, where it is the one that `room` names."""
    return begun if room == texts.of_request(asked.pk, part) else None


def _talk(
    person, asked: Request, talk_form, slot_form, travel_form, room: str, begun: dict
) -> dict:
    """What was said and when people meet, as far as `person` may know and do."""
    notes, words = rules.may_note(person, asked), rules.may_talk(person, asked)
    said = [
        (message, bool(message.hidden_at) and not (notes or message.author_id == person.pk))
        for message in asked.messages.all()
        if notes or not message.internal
    ]
    proposes = rules.may_propose(person, asked)
    others = Request.objects.visible_to(person)
    into = asked.merged_into
    say, propose = (_begun(asked, part, room, begun) for part in ("say", "propose"))
    if not talk_form and (notes or words):
        talk_form = MessageForm(auto_id="id_talk_%s", initial=say)
    return {
        "said": said,
        "notes": notes,
        "talk_form": talk_form,
        "talk_room": texts.of_request(asked.pk, "say"),
        "slots": [
            {
                "slot": slot,
                "answers": _answers(person, asked, slot),
                "travel": _travel(slot, proposes, travel_form),
                "travel_open": travel_form[0] == slot.pk,
            }
            for slot in asked.slots.all()
        ],
        "slot_form": slot_form
        or (SlotForm(auto_id="id_slot_%s", initial=propose) if proposes else None),
        "slot_room": texts.of_request(asked.pk, "propose"),
        "slot_open": bool(slot_form or propose),
        "into": into,
        "into_visible": bool(into and others.filter(pk=into.pk).exists()),
    }


def _travel(slot: Slot, proposes: bool, refused: tuple) -> TravelForm | None:
    """The form for the travel of a visit to come, as it was refused where it was this one."""
    if refused[0] == slot.pk:
        return refused[1]
    if not (proposes and slot.kind == Slot.Kind.VISIT and slot.state in slots.COMING):
        return None
    return TravelForm(initial={"travel": slot.travel}, auto_id=f"id_travel_{slot.pk}_%s")


def _answers(person, asked: Request, slot: Slot) -> list[str]:
    """What `person` may say to a slot."""
    return [
        verb
        for verb, (_to, leaves) in slots.ANSWERS.items()
        if slot.state in leaves and rules.may_answer(person, asked, verb)
    ]
