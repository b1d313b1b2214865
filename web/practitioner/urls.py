from django.urls import path

from web.practitioner.views import courses, day, people, records, reviews

app_name = "practitioner"
urlpatterns = [
    path("today/", day.today, name="today"),
    path("today/<str:day>/", day.today, name="day"),
    path("visits/<str:key>/<str:deed>/", day.take_step, name="step"),
    path("patients/<str:key>/", people.see_patient, name="patient"),
    path("patients/<str:key>/history/", people.see_history, name="history"),
    path("reviews/", reviews.see_reviews, name="reviews"),
    path("reviews/<str:key>/", reviews.review, name="review"),
    path("reviews/<str:key>/findings/<str:finding>/", reviews.overrule, name="overrule"),
    path("courses/<str:key>/", courses.see_course, name="course"),
    path("courses/<str:key>/prescribe/", courses.prescribe, name="prescribe"),
    path("courses/<str:key>/stop/", courses.stop, name="stop"),
    path("sessions/<str:key>/record/", records.write_record, name="record"),
    path("sessions/<str:key>/record/amend/", records.amend, name="amend"),
]
