"""Pages. The socket, the stream and the long poll are in routing.py."""

from django.urls import path

from live import announce_views, views

app_name = "live"
urlpatterns = [
    path("", views.session_list, name="list"),
    path("sessions.ics", announce_views.calendar_of_all, name="calendar_of_all"),
    path("wall/<str:token>/", announce_views.wall, name="wall"),
    path("<int:pk>/session.ics", announce_views.calendar, name="calendar"),
    path("<int:pk>/coming/", announce_views.coming, name="coming"),
    path("plan/", views.plan, name="plan"),
    path("<int:pk>/", views.session_detail, name="session"),
    path("<int:pk>/act/", views.act, name="act"),
    path("<int:pk>/commands", views.commands, name="commands"),
    path("<int:pk>/snapshot", views.session_snapshot, name="snapshot"),
    path("<int:pk>/projector/", announce_views.projector, name="projector"),
    path("<int:pk>/agencies/", views.agencies, name="agencies"),
    path("<int:pk>/minutes/", views.session_minutes, name="minutes"),
    path("<int:pk>/minutes.md", views.minutes_markdown, name="minutes_markdown"),
    path("<int:pk>/minutes.pdf", views.minutes_file, {"form": "pdf"}, name="minutes_pdf"),
    path("<int:pk>/minutes.csv", views.minutes_file, {"form": "csv"}, name="minutes_csv"),
    path("<int:pk>/edit/", views.edit, name="edit"),
]
