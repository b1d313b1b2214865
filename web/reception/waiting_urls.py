"""The waitlist, absences and the worklist."""

from django.urls import path

from web.reception import absences, waitlist

urlpatterns = [
    path("waitlist/", waitlist.waitlist, name="waitlist"),
    path("waitlist/waitlist.csv", waitlist.waitlist_csv, name="waitlist_csv"),
    path("waitlist/add/", waitlist.add_who, name="waitlist_who"),
    path("waitlist/add/<slug:key>/", waitlist.add_what, name="waitlist_what"),
    path("waitlist/add/<slug:key>/<slug:session>/", waitlist.add, name="waitlist_add"),
    path("waitlist/off/<slug:key>/", waitlist.take_off, name="waitlist_off"),
    path("waitlist/times/<slug:key>/", waitlist.freed, name="freed"),
    path("waitlist/times/<slug:key>/open/", waitlist.open_up, name="freed_open"),
    path("waitlist/times/<slug:key>/offer/<slug:entry>/", waitlist.offer, name="freed_offer"),
    path("absences/", absences.absences, name="absences"),
    path("absences/remove/", absences.remove, name="absence_remove"),
    path("worklist/", absences.work, name="worklist"),
    path("worklist/all/", absences.move_all, name="worklist_all"),
    path("worklist/<slug:key>/move/", absences.move_one, name="worklist_move"),
    path("worklist/<slug:key>/ask/", absences.ask, name="worklist_ask"),
]
