"""The front page and each clinic's own, under names without a prefix: every page links to them."""

from django.urls import path

from web.patient import home

urlpatterns = [
    path("", home.home, name="home"),
    path("c/<slug:slug>/", home.clinic_page, name="clinic"),
]
