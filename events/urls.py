from django.urls import path, register_converter

from events import meeting_views, minutes_views, views


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
    path("conferences/materials/<int:pk>/", views.material, name="material"),
    path("conferences/materials/<int:pk>/again/", views.again, name="again"),
    path("conferences/materials/<int:pk>/slides.pdf", views.download, name="download"),
    path("conferences/slides/<int:pk>-<slide_width:width>.webp", views.picture, name="picture"),
    path("conferences/<slug:slug>/", views.edition, name="edition"),
    path("conferences/<slug:slug>/programme.ics", views.edition_calendar, name="edition_calendar"),
    path("conferences/<slug:edition>/<slug:slug>/", views.talk, name="talk"),
    path("conferences/<slug:edition>/<slug:slug>/slides/", views.upload, name="upload"),
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
