from datetime import timedelta

from django.utils import timezone

from events.models import (
    Action,
    Bundle,
    Edition,
    Material,
    Meeting,
    Proposal,
    SlidePage,
    Talk,
    UploadLink,
)
from tests.rights import PUBLIC, SIGNED_IN, Right

# Of the demonstration: heads, who was at the meeting or took something on, who keeps it.
# The expert is expert_net (who was not there), the lead is lead_net.
AT_THE_MEETING = frozenset(
    "head lead host assessor dzongkhag_officer registrar bank_officer administrator".split()
)
KEEPERS = frozenset({"registrar", "administrator"})
NOT_THERE = SIGNED_IN - AT_THE_MEETING
HEADS_AND_KEEPERS = KEEPERS | {"head", "lead", "dzongkhag_officer", "assessor"}  # are heads


def edition():
    return [Edition.objects.get(slug="ict-conference-2025").slug]


def talk():
    """A talk for everybody, whose speaker is no person of the crawl but the expert."""
    talk = Talk.objects.get(slug="keeping-two-hundred-centres-online")
    return [talk.edition.slug, talk.slug]


def usb():
    """A USB edition that is wanted and not made yet."""
    row = Edition.objects.get(slug=edition()[0])
    made, _created = Bundle.objects.get_or_create(
        edition=row, scope="usb-everyone", staff=False, defaults={"size": 0}
    )
    return [made.pk]


def talk_slug():
    return [talk()[1]]


def of_edition(related):
    """Numbers or slugs of something below the edition, from the starter content."""
    row = getattr(Edition.objects.get(slug=edition()[0]), related).first()
    return [*edition(), row]


def schedule_import():
    return [*edition(), of_edition("imports")[1].pk]


def proposal():
    return [Proposal.objects.get(title="Batteries before lines").pk]


def speaker():
    return [*edition(), of_edition("speakers")[1].slug]


def track():
    return [*edition(), of_edition("tracks")[1].slug]


def release():
    return [*edition(), of_edition("releases")[1].number]


def material():
    return [Material.objects.get(resource__talk__slug="keeping-two-hundred-centres-online").pk]


NO_UPLOAD = "00000000-0000-4000-8000-000000000000"


def link():
    """A private link of that talk: whoever has it comes in, signed in or not."""
    talk = Talk.objects.get(slug="keeping-two-hundred-centres-online")
    made, _created = UploadLink.objects.get_or_create(
        talk=talk, name="Outside Speaker", defaults={"expires": timezone.now() + timedelta(days=9)}
    )
    return [made.get_absolute_url().split("/")[3]]


def resource():
    return [Material.objects.get(pk=material()[0]).resource_id]


def picture():
    return [SlidePage.objects.filter(material=material()[0]).first().pk, 480]


def meeting():
    return [Meeting.objects.get(slug="ict-heads-2026-09").slug]


def version():
    return [*meeting(), 1]


def action():
    return [Action.objects.filter(meeting__slug="ict-heads-2026-09").first().pk]


RIGHTS = {
    "events:conferences": Right(PUBLIC),
    "events:new_edition": Right(KEEPERS),
    "events:edit_edition": Right(KEEPERS, args=edition),
    "events:participants": Right(KEEPERS, args=edition),
    "events:without_slides": Right(KEEPERS, args=edition),
    "events:schedule_file": Right(KEEPERS, args=edition, html=False),
    "events:schedule_imports": Right(KEEPERS, args=edition),
    "events:schedule_import": Right(KEEPERS, args=schedule_import),
    "events:brought_file": Right(KEEPERS, args=schedule_import, html=False),
    "events:confirm_schedule": Right(SIGNED_IN, args=schedule_import, status=405),
    "events:propose": Right(SIGNED_IN, args=edition),
    "events:proposals": Right(KEEPERS, args=edition),
    "events:my_proposals": Right(SIGNED_IN),
    "events:proposal": Right(KEEPERS | {"expert"}, args=proposal, refused=404),
    "events:edit_proposal": Right(
        frozenset({"expert"}), args=proposal, hidden_from=SIGNED_IN - KEEPERS
    ),
    "events:review_proposal": Right(SIGNED_IN, args=proposal, status=405),
    "events:decide_proposal": Right(SIGNED_IN, args=proposal, status=405),
    "events:submit_proposal": Right(SIGNED_IN, args=proposal, status=405),
    "events:reopen_proposal": Right(SIGNED_IN, args=proposal, status=405),
    "events:withdraw_proposal": Right(SIGNED_IN, args=proposal, status=405),
    "events:my_programme": Right(SIGNED_IN, args=edition),
    "events:my_calendar": Right(SIGNED_IN, args=edition, html=False),
    "events:speakers": Right(SIGNED_IN, args=edition, refused=404),
    "events:speaker": Right(SIGNED_IN, args=speaker, refused=404),
    "events:link_speaker": Right(SIGNED_IN, args=speaker, status=405),
    "events:track": Right(SIGNED_IN, args=track, refused=404),
    "events:track_calendar": Right(SIGNED_IN, args=track, refused=404, html=False),
    "events:releases": Right(SIGNED_IN, args=edition, refused=404),
    "events:release": Right(SIGNED_IN, args=release, refused=404),
    "events:releases_feed": Right(SIGNED_IN, args=edition, refused=404, html=False),
    "events:make_release": Right(SIGNED_IN, args=edition, status=405),
    "events:edit_talk": Right(KEEPERS, args=talk),
    "events:talk_calendar": Right(SIGNED_IN, args=talk, refused=404, html=False),
    "events:pick": Right(SIGNED_IN, args=talk, status=405),
    "events:unpick": Right(SIGNED_IN, args=talk, status=405),
    "events:edition": Right(SIGNED_IN, args=edition, refused=404),
    "events:edition_calendar": Right(SIGNED_IN, args=edition, refused=404, html=False),
    "events:talk": Right(SIGNED_IN, args=talk, refused=404, queries=30),
    "events:upload": Right(KEEPERS | {"expert"}, args=talk),
    "events:held": Right(SIGNED_IN, args=talk, status=405),
    "events:make_unit": Right(SIGNED_IN, args=talk, status=405),
    "events:material": Right(KEEPERS | {"expert"}, args=material),
    "events:again": Right(SIGNED_IN, args=material, status=405),
    "events:download": Right(SIGNED_IN, args=material, refused=404, html=False, kilobytes=200),
    "events:old_download": Right(PUBLIC, args=material, status=301, html=False),
    "events:materials": Right(KEEPERS | {"expert"}, args=talk),
    # Nobody has handed in a recording: tests/events/test_recordings.py looks at them.
    "events:recording": Right(frozenset(), args=talk, refused=404),
    "events:set_start": Right(SIGNED_IN, args=lambda: [*talk(), 1], status=405),
    "events:keep_place": Right(SIGNED_IN, args=talk, status=405),
    "events:discuss": Right(SIGNED_IN, args=talk, queries=30),  # the page of the talk
    "events:ask_for_slides": Right(SIGNED_IN, args=talk, status=405),
    "events:usb": Right(KEEPERS, args=edition),
    "events:usb_zip": Right(KEEPERS, args=usb, status=302),
    "events:drop_usb": Right(SIGNED_IN, args=lambda: [1], status=405),
    "events:chapters": Right(SIGNED_IN, args=talk, status=405),
    "events:transcript": Right(frozenset(), args=talk, refused=404),
    "events:corrections": Right(KEEPERS | {"expert"}, args=talk),
    "events:media": Right(frozenset(), args=lambda: [1], refused=404),
    "events:tier": Right(frozenset(), args=lambda: [1], refused=404),
    "events:correct": Right(frozenset(), args=lambda: [1], refused=404),
    "events:take_correction": Right(SIGNED_IN, args=lambda: [1], status=405),
    "events:leave_correction": Right(SIGNED_IN, args=lambda: [1], status=405),
    # The worker has made none of them yet: 202 says so.
    "events:edition_zip": Right(SIGNED_IN, args=edition, refused=404, status=202),
    "events:talk_zip": Right(SIGNED_IN, args=talk, refused=404, status=202),
    "events:judge_slides": Right(SIGNED_IN, args=resource, status=405),
    "events:set_access": Right(SIGNED_IN, args=resource, status=405),
    "events:make_link": Right(SIGNED_IN, args=talk, status=405),
    "events:revoke_link": Right(SIGNED_IN, args=lambda: [1], status=405),
    "events:tus_begin": Right(PUBLIC, args=lambda: [1], status=405, html=False),
    "events:tus_upload": Right(frozenset(), args=lambda: [NO_UPLOAD], refused=404),
    "events:hand_in": Right(PUBLIC, args=link),
    "events:tus_begin_by_link": Right(PUBLIC, args=link, status=405, html=False),
    "events:tus_upload_by_link": Right(frozenset(), args=lambda: [*link(), NO_UPLOAD], refused=404),
    "events:picture": Right(SIGNED_IN, args=picture, refused=404, html=False),
    "events:meetings": Right(SIGNED_IN),
    "events:meetings_calendar": Right(SIGNED_IN, html=False),
    "events:meeting": Right(AT_THE_MEETING, args=meeting, refused=404),
    "events:call_meeting": Right(KEEPERS),
    "events:paper": Right(frozenset(), args=lambda: [1], refused=404, html=False),
    "events:change_meeting": Right(KEEPERS, args=meeting, hidden_from=NOT_THERE),
    "events:hand_in_paper": Right(HEADS_AND_KEEPERS, args=meeting, hidden_from=NOT_THERE),
    "events:attendance": Right(KEEPERS, args=meeting, hidden_from=NOT_THERE),
    "events:write_minutes": Right(KEEPERS, args=meeting, hidden_from=NOT_THERE),
    "events:minutes_history": Right(AT_THE_MEETING, args=meeting, refused=404),
    "events:restore_minutes": Right(SIGNED_IN, args=version, status=405),
    "events:add_decision": Right(SIGNED_IN, args=meeting, status=405),
    "events:add_action": Right(SIGNED_IN, args=meeting, status=405),
    "events:ask_to_write": Right(SIGNED_IN, args=meeting, status=405),
    "events:actions": Right(SIGNED_IN),
    "events:action_done": Right(SIGNED_IN, args=action, status=405),
    "events:action_reopen": Right(SIGNED_IN, args=action, status=405),
    "api:list_talks": Right(SIGNED_IN, args=edition, html=False),
    "api:get_talk": Right(SIGNED_IN, args=talk_slug, html=False),
    "api:list_actions": Right(SIGNED_IN, html=False),
}
