from django.urls import path

from assessments import views

app_name = "assessments"
urlpatterns = [
    path("bank/", views.bank, name="bank"),
    path("bank/import/", views.import_questions, name="import"),
    path("bank/import/<int:pk>/", views.brought, name="brought"),
    path("bank/import/<int:pk>/take/", views.take, name="take"),
    path("bank/<slug:ident>/", views.question, name="question"),
    path("check/<slug:ident>/", views.check_question, name="check_question"),
    path("attempts/<int:pk>/", views.attempt, name="attempt"),
    path("attempts/<int:pk>/save/", views.save, name="save"),
    path("attempts/<int:pk>/slots/<int:slot>/", views.save_one, name="save_one"),
    path("attempts/<int:pk>/beat/", views.beat, name="beat"),
    path("attempts/<int:pk>/finish/", views.finish, name="finish"),
    path("attempts/<int:pk>/review/", views.review, name="review"),
    path("<slug:slug>/", views.quiz, name="quiz"),
    path("<slug:slug>/start/", views.start, name="start"),
]
