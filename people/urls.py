from django.urls import path

from people import views

app_name = "people"
urlpatterns = [
    path("", views.directory, name="directory"),
    path("first-sign-in/", views.first_sign_in, name="first_sign_in"),
    path("data-saver/", views.data_saver, name="data_saver"),
    path("organisations/<int:pk>/", views.organisation, name="organisation"),
    path("centres/", views.centre_list, name="centres"),
    path("centres/<str:code>/", views.centre, name="centre"),
    path("holidays/", views.holiday_list, name="holidays"),
    path("holidays/<int:pk>/strike/", views.strike_holiday, name="strike_holiday"),
    path("registry/", views.import_list, name="imports"),
    path("registry/<int:pk>/", views.import_report, name="import"),
    path("registry/<int:pk>/confirm/", views.confirm_import, name="confirm_import"),
    path("registry/<int:pk>/refused.csv", views.refused_rows, name="refused_rows"),
    path("<str:employee_id>/", views.person, name="person"),
    path("<str:employee_id>/holdings/", views.holdings, name="holdings"),
    path("<str:employee_id>/code/", views.hand_out_code, name="hand_out_code"),
]
