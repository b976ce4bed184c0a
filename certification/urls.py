from django.urls import path
from django.views.generic import TemplateView

app_name = "certification"
urlpatterns = [
    path("check/", TemplateView.as_view(template_name="lms/about.html"), name="check"),
    path("mine/", TemplateView.as_view(template_name="lms/about.html"), name="mine"),
]
