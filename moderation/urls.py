from django.urls import path

import people.converters  # noqa: F401 (registers "row")
from moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("decide/", views.decide_many, name="decide_many"),
    path("log/", views.log, name="log"),
    path("mine/", views.mine, name="mine"),
    path("flag/<slug:kind>/<row:pk>/", views.flag, name="flag"),
    path("cases/<row:pk>/", views.case_detail, name="case"),
    path("cases/<row:pk>/claim/", views.claim, name="claim"),
    path("cases/<row:pk>/decide/", views.decide, name="decide"),
    path("cases/<row:pk>/undo/", views.undo, name="undo"),
    path("cases/<row:pk>/appeal/", views.appeal, name="appeal"),
    path("people/<str:employee_id>/", views.restrict, name="restrict"),
    path("restrictions/<row:pk>/lift/", views.lift, name="lift"),
]
