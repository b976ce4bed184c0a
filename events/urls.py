from django.urls import path

from lms.views import about as soon

app_name = "events"
urlpatterns = [
    path("", soon, name="list"),
]
