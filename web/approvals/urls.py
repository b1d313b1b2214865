from django.urls import path

from web.approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.board, name="board"),
    path("approvals.csv", views.board_csv, name="csv"),
    path("insurers/", views.directory, name="insurers"),
    path("<slug:key>/", views.policy, name="policy"),
    path("<slug:key>/code/", views.record_code, name="code"),
    path("<slug:key>/asked/", views.asked, name="asked"),
    path("<slug:key>/refused/", views.refused, name="refused"),
    path("<slug:key>/patient-pays/", views.patient_pays, name="patient-pays"),
]
