from django.urls import path

from lms.views import about as soon

app_name = "search"
urlpatterns = [
    path("", soon, name="page"),
]
