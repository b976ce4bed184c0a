from django.urls import path, register_converter
from django.views.generic import RedirectView

from events import (
    bundle_views,
    keeping_views,
    material_views,
    meeting_views,
    minutes_views,
    programme_views,
    proposal_views,
    recording_views,
    upload_views,
    usb_views,
    views,
)


class WidthConverter:
    """The two widths in which a slide is kept."""

    regex = "480|1200"

    def to_python(self, value):
        return int(value)

    def to_url(self, value):
        return str(value)


register_converter(WidthConverter, "slide_width")

app_name = "events"
urlpatterns = [
    path("conferences/", views.conferences, name="conferences"),
    path("conferences/materials/<row:pk>/", material_views.material, name="material"),
    path("conferences/materials/<row:pk>/again/", material_views.again, name="again"),
    path("conferences/materials/<row:pk>/file", material_views.download, name="download"),
    path(
        "conferences/materials/<row:pk>/slides.pdf",
        RedirectView.as_view(pattern_name="events:download", permanent=True),
        name="old_download",
    ),
    path(
        "conferences/slides/<row:pk>-<slide_width:width>.webp",
        material_views.picture,
        name="picture",
    ),
    path("conferences/resources/<row:pk>/access/", material_views.set_access, name="set_access"),
    path("conferences/resources/<row:pk>/review/", material_views.judge, name="judge_slides"),
    path("conferences/recordings/<row:pk>", recording_views.media, name="media"),
    path("conferences/recordings/copies/<row:pk>", recording_views.tier, name="tier"),
    path("conferences/cues/<row:pk>/correct/", recording_views.correct, name="correct"),
    path(
        "conferences/corrections/<row:pk>/take/",
        recording_views.decide,
        {"taken": True},
        name="take_correction",
    ),
    path(
        "conferences/corrections/<row:pk>/leave/",
        recording_views.decide,
        {"taken": False},
        name="leave_correction",
    ),
    path("conferences/links/<row:pk>/revoke/", material_views.revoke_link, name="revoke_link"),
    path("conferences/uploads/<row:talk>/", upload_views.begin, name="tus_begin"),
    path("conferences/uploads/<uuid:pk>/", upload_views.upload, name="tus_upload"),
    path("conferences/hand-in/<str:token>/", upload_views.hand_in, name="hand_in"),
    path(
        "conferences/hand-in/<str:token>/uploads/",
        upload_views.begin_by_link,
        name="tus_begin_by_link",
    ),
    path(
        "conferences/hand-in/<str:token>/uploads/<uuid:pk>/",
        upload_views.upload_by_link,
        name="tus_upload_by_link",
    ),
    path("conferences/new/", keeping_views.new_edition, name="new_edition"),
    path("conferences/proposals/", proposal_views.my_proposals, name="my_proposals"),
    path("conferences/proposals/<int:pk>/", proposal_views.proposal, name="proposal"),
    path("conferences/proposals/<int:pk>/edit/", proposal_views.edit, name="edit_proposal"),
    path("conferences/proposals/<int:pk>/review/", proposal_views.review, name="review_proposal"),
    path("conferences/proposals/<int:pk>/decide/", proposal_views.decide, name="decide_proposal"),
    path(
        "conferences/proposals/<int:pk>/submit/",
        proposal_views.move,
        {"to": "submitted"},
        name="submit_proposal",
    ),
    path(
        "conferences/proposals/<int:pk>/reopen/",
        proposal_views.move,
        {"to": "draft"},
        name="reopen_proposal",
    ),
    path(
        "conferences/proposals/<int:pk>/withdraw/",
        proposal_views.move,
        {"to": "withdrawn"},
        name="withdraw_proposal",
    ),
    path("conferences/<slug:slug>/", views.edition, name="edition"),
    path("conferences/<slug:slug>/schedule.xml", keeping_views.schedule_file, name="schedule_file"),
    # Second parts below an edition that no talk may have: events/schedule/applying.py, RESERVED.
    path("conferences/<slug:slug>/edit/", keeping_views.edit_edition, name="edit_edition"),
    path("conferences/<slug:slug>/materials.zip", bundle_views.of_edition, name="edition_zip"),
    path(
        "conferences/<slug:slug>/without-slides/",
        keeping_views.without_slides,
        name="without_slides",
    ),
    path("conferences/usb/<row:pk>.zip", usb_views.usb_zip, name="usb_zip"),
    path("conferences/usb/<row:pk>/drop/", usb_views.drop_usb, name="drop_usb"),
    path("conferences/<slug:slug>/usb/", usb_views.usb, name="usb"),
    path("conferences/<slug:slug>/participants/", keeping_views.participants, name="participants"),
    path(
        "conferences/<slug:slug>/import/", keeping_views.schedule_imports, name="schedule_imports"
    ),
    path(
        "conferences/<slug:slug>/import/<int:pk>/",
        keeping_views.schedule_import,
        name="schedule_import",
    ),
    path(
        "conferences/<slug:slug>/import/<int:pk>/file.xml",
        keeping_views.brought_file,
        name="brought_file",
    ),
    path(
        "conferences/<slug:slug>/import/<int:pk>/confirm/",
        keeping_views.confirm_schedule,
        name="confirm_schedule",
    ),
    path("conferences/<slug:slug>/call/", proposal_views.propose, name="propose"),
    path("conferences/<slug:slug>/proposals/", proposal_views.listing, name="proposals"),
    path("conferences/<slug:slug>/mine/", programme_views.mine, name="my_programme"),
    path(
        "conferences/<slug:slug>/mine/programme.ics",
        programme_views.my_calendar,
        name="my_calendar",
    ),
    path("conferences/<slug:slug>/speakers/", programme_views.speakers, name="speakers"),
    path(
        "conferences/<slug:slug>/speakers/<slug:speaker>/",
        programme_views.speaker,
        name="speaker",
    ),
    path(
        "conferences/<slug:slug>/speakers/<slug:speaker>/link/",
        programme_views.link_speaker,
        name="link_speaker",
    ),
    path("conferences/<slug:slug>/tracks/<slug:track>/", programme_views.track, name="track"),
    path(
        "conferences/<slug:slug>/tracks/<slug:track>/programme.ics",
        programme_views.track_calendar,
        name="track_calendar",
    ),
    path("conferences/<slug:slug>/releases/", programme_views.releases, name="releases"),
    path("conferences/<slug:slug>/releases/make/", keeping_views.make_release, name="make_release"),
    path(
        "conferences/<slug:slug>/releases/feed.atom",
        programme_views.ReleasesFeed(),
        name="releases_feed",
    ),
    path("conferences/<slug:slug>/releases/<int:number>/", programme_views.release, name="release"),
    path("conferences/<slug:slug>/programme.ics", views.edition_calendar, name="edition_calendar"),
    path("conferences/<slug:edition>/<slug:slug>/", views.talk, name="talk"),
    path("conferences/<slug:edition>/<slug:slug>/edit/", keeping_views.edit_talk, name="edit_talk"),
    path(
        "conferences/<slug:edition>/<slug:slug>/talk.ics",
        programme_views.talk_calendar,
        name="talk_calendar",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/pick/",
        programme_views.pick,
        {"wanted": True},
        name="pick",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/unpick/",
        programme_views.pick,
        {"wanted": False},
        name="unpick",
    ),
    path("conferences/<slug:edition>/<slug:slug>/slides/", material_views.upload, name="upload"),
    path(
        "conferences/<slug:edition>/<slug:slug>/materials/",
        material_views.materials,
        name="materials",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/links/", material_views.make_link, name="make_link"
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/materials.zip",
        bundle_views.of_talk,
        name="talk_zip",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/recording/",
        recording_views.recording,
        name="recording",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/recording/chapters/",
        recording_views.chapters,
        name="chapters",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/recording/sessions/<row:pk>/",
        recording_views.set_start,
        name="set_start",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/recording/place/",
        recording_views.keep_place,
        name="keep_place",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/ask-for-slides/",
        keeping_views.ask_for_slides,
        name="ask_for_slides",
    ),
    path("conferences/<slug:edition>/<slug:slug>/discuss/", views.discuss, name="discuss"),
    path(
        "conferences/<slug:edition>/<slug:slug>/recording/transcript.vtt",
        recording_views.transcript,
        name="transcript",
    ),
    path(
        "conferences/<slug:edition>/<slug:slug>/recording/corrections/",
        recording_views.corrections,
        name="corrections",
    ),
    path("conferences/<slug:edition>/<slug:slug>/held/", views.held, name="held"),
    path("conferences/<slug:edition>/<slug:slug>/unit/", views.make_unit, name="make_unit"),
    path("meetings/", meeting_views.meetings, name="meetings"),
    path("meetings/calendar.ics", meeting_views.calendar, name="meetings_calendar"),
    path("meetings/call/", minutes_views.call, name="call_meeting"),
    path("meetings/papers/<int:pk>.pdf", minutes_views.paper, name="paper"),
    path("meetings/<slug:slug>/", meeting_views.meeting, name="meeting"),
    path("meetings/<slug:slug>/agenda/", minutes_views.change, name="change_meeting"),
    path("meetings/<slug:slug>/papers/", minutes_views.hand_in, name="hand_in_paper"),
    path("meetings/<slug:slug>/attendance/", minutes_views.attendance, name="attendance"),
    path("meetings/<slug:slug>/minutes/", minutes_views.write, name="write_minutes"),
    path("meetings/<slug:slug>/minutes/versions/", minutes_views.history, name="minutes_history"),
    path(
        "meetings/<slug:slug>/minutes/versions/<int:number>/restore/",
        minutes_views.restore,
        name="restore_minutes",
    ),
    path("meetings/<slug:slug>/decisions/", minutes_views.decide, name="add_decision"),
    path("meetings/<slug:slug>/actions/", minutes_views.act, name="add_action"),
    path("meetings/<slug:slug>/writers/", minutes_views.ask_to_write, name="ask_to_write"),
    path("actions/", meeting_views.actions, name="actions"),
    path("actions/<int:pk>/done/", meeting_views.close, {"done": True}, name="action_done"),
    path("actions/<int:pk>/open/", meeting_views.close, {"done": False}, name="action_reopen"),
]
