from django.urls import path

import people.converters  # noqa: F401 (registers "row")
from courses import care, import_views, views

app_name = "courses"
urlpatterns = [
    path("", views.course_list, name="list"),
    path("care/", care.care_list, name="care"),
    path("care/<row:pk>/", care.take_over, name="take_over"),
    path("courses/<row:pk>/versions/", care.versions, name="versions"),
    path("courses/<row:pk>/import/", import_views.import_units, name="import_units"),
    path("imports/<row:pk>/", import_views.import_report, name="import_report"),
    path("courses/<row:pk>/enrol/", views.enrol, name="enrol"),
    path("courses/<row:pk>/request/", views.request_place, name="request_place"),
    path("courses/<row:pk>/people/", views.course_people, name="people"),
    path("enrolments/<row:pk>/answer/", views.answer_request, name="answer_request"),
    *[
        path(f"enrolments/<row:pk>/{verb}/", views.change_enrolment, {"verb": verb}, name=verb)
        for verb in ("withdraw", "pause", "resume")
    ],
    path("enrolments/<row:pk>/accept-version/", views.accept_version, name="accept_version"),
    path("enrolments/<row:pk>/units/<row:unit>/done/", views.finish_unit, name="finish_unit"),
    path("enrolments/<row:pk>/place/", views.place, name="place"),
]
