from django.urls import path

from lms.views import about as soon

app_name = "people"
urlpatterns = [
    path("", soon, name="directory"),
    path("<str:employee_id>/", soon, name="person"),
    path("organisations/<int:pk>/", soon, name="organisation"),
    path("centres/<str:code>/", soon, name="centre"),
]
