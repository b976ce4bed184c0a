from django.urls import path

from lms.views import about as soon

app_name = "competencies"
urlpatterns = [
    path("mine/", soon, name="mine"),
    path("<str:code>/", soon, name="competency"),
    path("profiles/<str:code>/", soon, name="profile"),
]
