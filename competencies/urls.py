from django.urls import path

from competencies import views

app_name = "competencies"
urlpatterns = [
    path("", views.competency_list, name="list"),
    path("mine/", views.mine, name="mine"),
    path("mine/evidence/", views.my_evidence, name="evidence"),
    path("profiles/", views.profile_list, name="profiles"),
    path("profiles/<slug:code>/", views.profile_detail, name="profile"),
    path("<slug:code>/", views.competency_detail, name="competency"),
]
