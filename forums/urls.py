from django.urls import path

from lms.views import about as soon

app_name = "forums"
urlpatterns = [
    path("pools/", soon, name="pools"),
    path("topics/<int:pk>/", soon, name="topic"),
]
