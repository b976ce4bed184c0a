from django.urls import path

from courses import care, import_views, views

app_name = "courses"
urlpatterns = [
    path("", views.course_list, name="list"),
    path("care/", care.care_list, name="care"),
    path("care/<int:pk>/", care.take_over, name="take_over"),
    path("courses/<int:pk>/import/", import_views.import_units, name="import_units"),
    path("imports/<int:pk>/", import_views.import_report, name="import_report"),
    path("courses/<int:pk>/enrol/", views.enrol, name="enrol"),
    path("courses/<int:pk>/request/", views.request_place, name="request_place"),
    path("courses/<int:pk>/people/", views.course_people, name="people"),
    path("enrolments/<int:pk>/answer/", views.answer_request, name="answer_request"),
    *[
        path(f"enrolments/<int:pk>/{verb}/", views.change_enrolment, {"verb": verb}, name=verb)
        for verb in ("withdraw", "pause", "resume")
    ],
    path("enrolments/<int:pk>/accept-version/", views.accept_version, name="accept_version"),
    path("enrolments/<int:pk>/units/<int:unit>/done/", views.finish_unit, name="finish_unit"),
    path("enrolments/<int:pk>/place/", views.place, name="place"),
]
