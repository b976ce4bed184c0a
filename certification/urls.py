from django.urls import path

from lms.views import about as soon

app_name = "certification"
urlpatterns = [
    path("check/", soon, name="check"),
]
