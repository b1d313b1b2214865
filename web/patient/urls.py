"""What a patient does outside the booking: ask to be rung, look at a visit or at the whole plan."""

from django.urls import path

from web.patient import answers, home, how, joining, offer, plan, question, urgency, visit, wishes

app_name = "patient"
urlpatterns = [
    path("c/<slug:slug>/assessment/", home.ask, name="ask"),
    path("c/<slug:slug>/assessment/asked/", home.asked, name="asked"),
    path("c/<slug:slug>/urgent/", urgency.urgent, name="urgent"),
    path("visit/", visit.visit, name="visit"),
    path("visit/move/", visit.move, name="move"),
    path("visit/move/day/", visit.move_day, name="move_day"),
    path("visit/move/month/", visit.move_month, name="move_month"),
    path("visit/cancel/", visit.cancel, name="cancel"),
    path("visit/visit.ics", visit.calendar_file, name="calendar"),
    path("visit/offer/", visit.see_offer, name="visit_offer"),
    path("visit/earlier/", joining.earlier, name="earlier"),
    path("visit/health/", answers.start, name="answers"),
    path("visit/health/medicines/", answers.medicines, name="answers_medicines"),
    path("visit/health/check/", answers.check, name="answers_check"),
    path("visit/health/done/", answers.done, name="answers_done"),
    path("visit/health/<slug:page_id>/", answers.page, name="answers_page"),
    path("visit/<slug:token>/", visit.enter, name="enter"),
    path("offer/", offer.offer, name="offer"),
    path("offer/take/", offer.take, name="offer_take"),
    path("offer/leave/", offer.leave, name="offer_leave"),
    path("offer/<slug:token>/", offer.enter, name="offer_enter"),
    path("question/", question.question, name="question"),
    path("question/<slug:token>/", question.enter, name="question_enter"),
    path("how/", how.how, name="how"),
    path("how/noticed/", how.noticed, name="how_noticed"),
    path("how/<slug:token>/", how.enter, name="how_enter"),
    path("stop/<str:token>/", wishes.stop_page, name="stop"),
    path("wishes/", wishes.wishes, name="wishes"),
    path("wishes/<str:token>/", wishes.enter, name="wishes_enter"),
    path("plan/wishes/<slug:key>/", wishes.from_plan, name="plan_wishes"),
    path("plan/", plan.plan, name="plan"),
    path("plan/course/<slug:key>/let-go/", plan.let_go, name="plan_let_go"),
    path("plan/offer/<slug:key>/", plan.open_offer, name="plan_offer"),
    path("plan/waitlist/<slug:key>/off/", plan.stop_waiting, name="plan_stop_waiting"),
    path("plan/session/<slug:key>/wait/", joining.for_session, name="plan_wait"),
    path("plan/visit/<slug:key>/", plan.open_visit, name="plan_visit"),
]
