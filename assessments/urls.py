from django.urls import path

from assessments import assessor_views, bank_views, room_views, views

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
    path("attempts/<int:pk>/beat/", views.beat, name="beat"),
    path("attempts/<int:pk>/finish/", views.finish, name="finish"),
    path("attempts/<int:pk>/review/", views.review, name="review"),
    path("attempts/<int:pk>/sitting/", room_views.sitting, name="sitting"),
    path("attempts/<int:pk>/grant/", room_views.grant, name="grant"),
    path("attempts/<int:pk>/decide/", room_views.decide, name="decide"),
    path("accommodations/", room_views.accommodations, name="accommodations"),
    path("marking/", assessor_views.queue, name="marking_queue"),
    path("marking/<int:pk>/", assessor_views.marking, name="marking"),
    path("marking/<int:pk>/claim/", assessor_views.claim, name="claim_marking"),
    path("regrade/<slug:ident>/", assessor_views.regrade, name="regrade"),
    path("falls/", assessor_views.falls, name="falls"),
    path("falls/<int:pk>/", assessor_views.decide_fall, name="decide_fall"),
    path("attempts/<int:pk>/give-up/", views.give_up, name="give_up"),
    path("<slug:slug>/candidates/", room_views.candidates, name="candidates"),
    path("<slug:slug>/room/", room_views.room, name="room"),
    path("<slug:slug>/", views.quiz, name="quiz"),
    path("<slug:slug>/start/", views.start, name="start"),
]
