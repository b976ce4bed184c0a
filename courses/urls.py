from django.urls import path

from lms.views import about as soon

app_name = "courses"
urlpatterns = [
    path("", soon, name="list"),
]
