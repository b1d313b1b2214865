"""The booking, a page a step."""

from django.urls import path

from web.patient import about, choosing, course, finishing, fragments, joining, paying, returning, safety, starting

app_name = "book"
urlpatterns = [
    path("<slug:slug>/", starting.start, name="start"),
    path("<slug:slug>/visit/", starting.service, name="service"),
    path("<slug:slug>/safety/", safety.first_page, name="safety_first"),
    path("<slug:slug>/safety/<slug:page_id>/", safety.safety, name="safety"),
    path("<slug:slug>/again/", returning.again, name="again"),
    path("<slug:slug>/medicines/", safety.medicines, name="medicines"),
    path("<slug:slug>/result/", safety.result, name="result"),
    path("<slug:slug>/times/", choosing.times, name="times"),
    path("<slug:slug>/waitlist/", joining.join, name="waitlist"),
    path("<slug:slug>/times/day/", fragments.day_times, name="day_times"),
    path("<slug:slug>/times/month/", fragments.month_days, name="month_days"),
    path("<slug:slug>/longer/<slug:page>/", choosing.longer, name="hold"),
    path("<slug:slug>/course/", course.course, name="course"),
    path("<slug:slug>/payer/", paying.payer, name="payer"),
    path("<slug:slug>/about/", about.about, name="about"),
    path("<slug:slug>/code/", about.code, name="code"),
    path("<slug:slug>/code/again/", about.code_again, name="code_again"),
    path("<slug:slug>/check/", finishing.check, name="check"),
    path("<slug:slug>/done/", finishing.done, name="done"),
]
