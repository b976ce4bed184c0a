from django.urls import path
from django.views.generic import TemplateView

app_name = "forums"
urlpatterns = [
    path("pools/", TemplateView.as_view(template_name="lms/about.html"), name="pools"),
    path("topics/<int:pk>/", TemplateView.as_view(template_name="lms/about.html"), name="topic"),
]
