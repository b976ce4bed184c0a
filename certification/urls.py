from django.urls import path

from certification import views

app_name = "certification"
urlpatterns = [
    path("certificates/", views.mine, name="mine"),
    path("certificates/refreshers/", views.refresher_list, name="refreshers"),
    path("certificates/proposals/", views.proposals, name="proposals"),
    path("certificates/proposals/<int:pk>/<str:answer>/", views.decide, name="decide"),
    path("certificates/schemes/<slug:code>/", views.scheme_edit, name="scheme"),
    path("certificates/<str:serial>/", views.certificate, name="certificate"),
    path("certificates/<str:serial>/change/", views.change, name="change"),
    path("certificates/<str:serial>/<str:kind>", views.download, name="download"),
    path("check/", views.check_form, name="check_form"),
    path("check/paper/", views.paper, name="paper"),
    path("check/paper/worker.js", views.paper_worker, name="paper_worker"),
    path("check/paper/data.json", views.paper_data, name="paper_data"),
    path("check/<str:serial>/", views.check, name="check"),
    path("credentials/status/<str:purpose>/<int:number>", views.status_list, name="status_list"),
    path("readiness/", views.readiness_list, name="readiness"),
    path("readiness/centres.csv", views.readiness_csv, name="readiness_csv"),
    path("readiness/<str:code>/", views.readiness_of, name="readiness_of"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
]
