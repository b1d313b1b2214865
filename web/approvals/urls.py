"""Insurers: the board, the directory, policies and approvals."""

from django.urls import path

from web.approvals.views import board, codes, insurers, policies

app_name = "approvals"
urlpatterns = [
    path("", board.board, name="board"),
    path("approvals.csv", board.board_csv, name="csv"),
    path("many/", board.many, name="many"),
    path("insurers/", insurers.directory, name="insurers"),
    path("insurers/new/", insurers.add, name="insurer-new"),
    path("insurers/number/", insurers.number_hint, name="number"),
    path("insurers/<slug:slug>/", insurers.insurer, name="insurer"),
    path("rules/", insurers.rules, name="rules"),
    path("rules/<slug:slug>/", insurers.clinic_rules, name="clinic-rules"),
    path("codes/<slug:key>/", codes.authorisation, name="authorisation"),
    path("codes/<slug:key>/documents/", codes.upload, name="upload"),
    path("codes/<slug:key>/letter.pdf", codes.letter, name="letter"),
    path("documents/<slug:key>/", codes.document, name="document"),
    path("<slug:key>/", policies.policy, name="policy"),
    path("<slug:key>/edit/", policies.edit, name="policy-edit"),
    path("<slug:key>/code/", policies.record_code, name="code"),
    path("<slug:key>/asked/", policies.asked, name="asked"),
    path("<slug:key>/chased/", policies.chased, name="chased"),
    path("<slug:key>/refused/", policies.refused, name="refused"),
    path("<slug:key>/more/", policies.extend, name="extend"),
    path("<slug:key>/patient-pays/", policies.patient_pays, name="patient-pays"),
]
