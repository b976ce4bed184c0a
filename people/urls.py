from django.urls import path
from django.views.generic import TemplateView

app_name = "people"
urlpatterns = [
    path("", TemplateView.as_view(template_name="lms/about.html"), name="directory"),
    path("<str:employee_id>/", TemplateView.as_view(template_name="lms/about.html"), name="person"),
    path(
        "organisations/<int:pk>/",
        TemplateView.as_view(template_name="lms/about.html"),
        name="organisation",
    ),
    path(
        "centres/<str:code>/", TemplateView.as_view(template_name="lms/about.html"), name="centre"
    ),
]
