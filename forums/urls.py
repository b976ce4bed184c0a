from django.urls import path

import people.converters  # noqa: F401 (registers "row")
from forums import views

app_name = "forums"
urlpatterns = [
    path("pools/", views.pools, name="pools"),
    path("pools/<row:pk>/ask/", views.ask, name="ask"),
    path("pools/<row:pk>/join/", views.join, name="join"),
    path("pools/<row:pk>/people/", views.pool_people, name="people"),
    path("topics/<row:pk>/", views.topic_detail, name="topic"),
    path("topics/<row:pk>/reply/", views.reply, name="reply"),
    path("topics/<row:pk>/accept/", views.mark, {"accepted": True}, name="accept"),
    path("topics/<row:pk>/unaccept/", views.mark, {"accepted": False}, name="unaccept"),
    path("topics/<row:pk>/same/", views.switch, {"what": "same"}, name="same"),
    path("topics/<row:pk>/watch/", views.switch, {"what": "watch"}, name="watch"),
    path("posts/<row:pk>/edit/", views.edit, name="edit"),
    path("posts/<row:pk>/history/", views.history, name="history"),
]
