from django.urls import path

from forums import views

app_name = "forums"
urlpatterns = [
    path("pools/", views.pools, name="pools"),
    path("pools/<int:pk>/ask/", views.ask, name="ask"),
    path("pools/<int:pk>/join/", views.join, name="join"),
    path("pools/<int:pk>/people/", views.pool_people, name="people"),
    path("topics/<int:pk>/", views.topic_detail, name="topic"),
    path("topics/<int:pk>/reply/", views.reply, name="reply"),
    path("topics/<int:pk>/accept/", views.mark, {"accepted": True}, name="accept"),
    path("topics/<int:pk>/unaccept/", views.mark, {"accepted": False}, name="unaccept"),
    path("topics/<int:pk>/same/", views.switch, {"what": "same"}, name="same"),
    path("topics/<int:pk>/watch/", views.switch, {"what": "watch"}, name="watch"),
    path("posts/<int:pk>/edit/", views.edit, name="edit"),
    path("posts/<int:pk>/history/", views.history, name="history"),
]
