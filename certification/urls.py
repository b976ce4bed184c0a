from django.urls import path

from certification import views

app_name = "certification"
urlpatterns = [
    path("certificates/", views.mine, name="mine"),
    path("certificates/<str:serial>/", views.certificate, name="certificate"),
    path("certificates/<str:serial>/revoke/", views.revoke, name="revoke"),
    path("certificates/<str:serial>/<str:kind>", views.download, name="download"),
    path("check/", views.check_form, name="check_form"),
    path("check/<str:serial>/", views.check, name="check"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
]
