"""The desk: the diary, booking, patients, rooms."""

from django.urls import include, path

from web.reception.views import booking, courses, diary, moving, patients, rooms, undoing, visits

app_name = "reception"
urlpatterns = [
    path("diary/", diary.diary, name="diary"),
    path("diary/book/", booking.book, name="book"),
    path("diary/register/", patients.register, name="register"),
    path("diary/visits/<slug:key>/", visits.see, name="visit"),
    path("diary/visits/<slug:key>/move/", moving.move, name="move"),
    path("diary/visits/<slug:key>/cancel/", visits.cancel, name="cancel"),
    path("diary/visits/<slug:key>/waive/", visits.waive, name="waive"),
    path("diary/visits/<slug:key>/undo/", undoing.undo_last, name="undo"),
    path("diary/visits/<slug:key>/<slug:deed>/", visits.step, name="step"),
    path("courses/<slug:key>/book/", courses.book_all, name="book_course"),
    path("patients/", patients.patients, name="patients"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("", include("web.reception.waiting_urls")),
]
