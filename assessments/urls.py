from django.urls import path

from assessments import bank_views, views

app_name = "assessments"
urlpatterns = [
    path("bank/", bank_views.bank, name="bank"),
    path("bank/export/", bank_views.export, name="export"),
    path("bank/import/", bank_views.import_questions, name="import"),
    path("bank/import/<int:pk>/", bank_views.brought, name="brought"),
    path("bank/import/<int:pk>/take/", bank_views.take, name="take"),
    path("bank/<slug:ident>/", bank_views.question, name="question"),
    path("check/<slug:ident>/", views.check_question, name="check_question"),
    path("attempts/<int:pk>/", views.attempt, name="attempt"),
    path("attempts/<int:pk>/save/", views.save, name="save"),
    path("attempts/<int:pk>/slots/<int:slot>/", views.save_one, name="save_one"),
    path("attempts/<int:pk>/review/", views.review, name="review"),
    path("<slug:slug>/", views.quiz, name="quiz"),
    path("<slug:slug>/start/", views.start, name="start"),
]
