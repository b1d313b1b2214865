from django.urls import path

from web.pages import views

app_name = "pages"
urlpatterns = [
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("complaints/", views.complaints, name="complaints"),
    path("robots.txt", views.robots, name="robots"),
    path("csp-report", views.csp_report, name="csp-report"),
]
