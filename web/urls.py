"""The whole site on one page."""

from django.conf import settings
from django.urls import include, path

from web.account.views import start

urlpatterns = [
    path("", include("web.pages.urls")),
    path("", include("web.patient.home_urls")),
    path("book/", include("web.patient.booking_urls")),
    path("", include("web.patient.urls")),
    path("", include("web.practitioner.urls")),
    path("", include("web.reception.urls")),
    path("approvals/", include("web.approvals.urls")),
    path("billing/", include("web.billing.urls")),
    path("", include("web.manage.urls")),
    path("account/", include("web.account.urls")),
    path("start/", start, name="start"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("web.demo.urls")))

handler400 = "web.errors.bad_request"
handler403 = "web.errors.denied"
handler404 = "web.errors.not_found"
handler429 = "web.account.views.too_often"
handler500 = "web.errors.broken"
