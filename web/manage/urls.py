from django.urls import path

from web.manage.views import clinic, health, outbox, people, previews, receipts, tasks

app_name = "manage"
urlpatterns = [
    path("outbox/", outbox.board, name="outbox"),
    path("outbox/messages.csv", outbox.as_csv, name="outbox-csv"),
    path("outbox/previews/", previews.board, name="previews"),
    path("outbox/previews/<slug:name>/", previews.look, name="preview"),
    path("outbox/previews/<slug:name>/<slug:language>.html", previews.letter, name="preview-mail"),
    path("outbox/<slug:key>/<str:deed>/", outbox.act, name="message"),
    path("messages/receipt", receipts.receive, name="receipt"),
    path("tasks/", tasks.board, name="tasks"),
    path("tasks/<slug:key>/done/", tasks.done, name="task-done"),
    path("clinic/", clinic.home, name="home"),
    path("clinic/services/<slug:key>/", clinic.service, name="service"),
    path("clinic/answers/<slug:slug>/", clinic.answers, name="answers"),
    path("clinic/rules/<slug:slug>/", clinic.rules, name="rules"),
    path("clinic/messages/<slug:slug>/", clinic.message_rules, name="message-rules"),
    path("clinic/people/<slug:key>/", people.leave, name="person"),
    path("clinic/health/", health.page, name="health-page"),
    path("health/", health.machine, name="health"),
    path("health/ready", health.ready, name="health-ready"),
]
