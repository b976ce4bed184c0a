from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.page, name="page"),
    path("similar/", views.similar_topics, name="similar"),
]
