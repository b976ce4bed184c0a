from django.urls import path, register_converter

from events import meeting_views, views


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
    path("meetings/<slug:slug>/", meeting_views.meeting, name="meeting"),
    path("actions/", meeting_views.actions, name="actions"),
    path("actions/<int:pk>/done/", meeting_views.close, {"done": True}, name="action_done"),
    path("actions/<int:pk>/open/", meeting_views.close, {"done": False}, name="action_reopen"),
]
