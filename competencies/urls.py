from django.urls import path
from django.views.generic import TemplateView

app_name = "competencies"
urlpatterns = [
    path("mine/", TemplateView.as_view(template_name="lms/about.html"), name="mine"),
    path("<str:code>/", TemplateView.as_view(template_name="lms/about.html"), name="competency"),
    path(
        "profiles/<str:code>/", TemplateView.as_view(template_name="lms/about.html"), name="profile"
    ),
]
