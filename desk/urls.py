from django.urls import path

import people.converters  # noqa: F401 (registers "row")
from desk import catalogue_views, file_views, measure_views, share_views, talk_views, views
from desk.advisories import views as advisories

app_name = "desk"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("file/", views.file, name="file"),
    path("measures/", measure_views.measure_page, name="measures"),
    path("measures/requests.csv", measure_views.measure_csv, name="measures_csv"),
    path("services/", catalogue_views.service_list, name="services"),
    path("services/new/", catalogue_views.new_service, name="new_service"),
    path("services/<slug:slug>/", catalogue_views.service, name="service"),
    path("services/<slug:slug>/change/", catalogue_views.change_service, name="change_service"),
    path("pools/<slug:code>/second/", catalogue_views.second_pool, name="second_pool"),
    path("advisories/", advisories.advisory_list, name="advisories"),
    path("advisories/new/", advisories.new_advisory, name="new_advisory"),
    path("advisories/<row:pk>/", advisories.advisory_detail, name="advisory"),
    path("advisories/<row:pk>/answer/", advisories.answer, name="answer_advisory"),
    path("advisories/<row:pk>/withdraw/", advisories.withdraw, name="withdraw_advisory"),
    path("advisories/<row:pk>/coverage/", advisories.coverage, name="coverage"),
    path("advisories/<row:pk>/coverage.csv", advisories.coverage_csv, name="coverage_csv"),
    path("<int:pk>/", views.request_detail, name="request"),
    path("<int:pk>/share/", share_views.share, name="share"),
    path("<int:pk>/files/", file_views.files, name="files"),
    path("files/<row:pk>/", file_views.request_file, name="request_file"),
    path("files/<row:pk>/away/", file_views.detach, name="detach"),
    path("<int:pk>/say/", talk_views.say, name="say"),
    path("<int:pk>/propose/", talk_views.propose, name="propose"),
    path("slots/<int:pk>/calendar.ics", talk_views.slot_calendar, name="slot_calendar"),
    path("slots/<int:pk>/travel/", talk_views.note_travel, name="note_travel"),
    path("slots/<int:pk>/<slug:verb>/", talk_views.answer_slot, name="answer_slot"),
    path("<int:pk>/<slug:verb>/", views.act, name="act"),
]
