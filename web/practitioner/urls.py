from django.urls import path

from web.practitioner.views import check_backs, courses, day, people, records, replanning, reviews

app_name = "practitioner"
urlpatterns = [
    path("today/", day.today, name="today"),
    path("today/<slug:day>/", day.today, name="day"),
    path("visits/<slug:key>/<slug:deed>/", day.take_step, name="step"),
    path("patients/<slug:key>/", people.see_patient, name="patient"),
    path("patients/<slug:key>/history/", people.see_history, name="history"),
    path("reviews/", reviews.see_reviews, name="reviews"),
    path("reviews/<slug:key>/", reviews.review, name="review"),
    path("reviews/<slug:key>/findings/<slug:finding>/", reviews.overrule, name="overrule"),
    path("courses/<slug:key>/", courses.see_course, name="course"),
    path("courses/<slug:key>/prescribe/", courses.prescribe, name="prescribe"),
    path("courses/<slug:key>/replan/", replanning.replan, name="replan"),
    path("sessions/<slug:key>/record/", records.write_record, name="record"),
    path("after/<slug:key>/", check_backs.read, name="check_back"),
    path("sessions/<slug:key>/record/amend/", records.amend, name="amend"),
]
