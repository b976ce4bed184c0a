from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/open/", views.open_notice, name="open"),
    path("preferences/", views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("sections/again/", views.bring_again, name="bring_again"),
    path("sections/<str:token>/", views.section, name="section"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("try-again/", views.try_again, name="try_again"),
    path("mails/", views.mails, name="mails"),
    path("mails/<int:pk>/decide/", views.decide, name="decide"),
]
