from django.urls import path

from courses import views

app_name = "courses"
urlpatterns = [
    path("", views.course_list, name="list"),
    path("courses/<int:pk>/enrol/", views.enrol, name="enrol"),
    path("enrolments/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("enrolments/<int:pk>/accept-version/", views.accept_version, name="accept_version"),
    path("enrolments/<int:pk>/units/<int:unit>/done/", views.finish_unit, name="finish_unit"),
]
