"""The site as `make demo` shows it."""

from django.urls import include, path

from web.urls import urlpatterns as site

urlpatterns = [*site, path("demo/", include("web.demo.urls"))]
handler404 = "web.errors.not_found"
