from django.urls import path

from desk import views

app_name = "desk"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("file/", views.file, name="file"),
    path("<int:pk>/", views.request_detail, name="request"),
    path("<int:pk>/<slug:verb>/", views.act, name="act"),
]
