from django.urls import path

from web.demo import views

app_name = "demo"
urlpatterns = [
    path("sent/", views.sent, name="sent"),
    path("sent/<slug:name>/", views.letter, name="letter"),
    path("sent/<slug:name>/<int:number>/", views.attachment, name="attachment"),
]
