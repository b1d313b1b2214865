from django.urls import path

from web.billing.views import desk, invoices, prices, reports

app_name = "billing"
urlpatterns = [
    path("", desk.start, name="start"),
    path("invoices/", invoices.board, name="invoices"),
    path("invoices/invoices.csv", invoices.board_csv, name="invoices-csv"),
    path("invoices/draft/", invoices.draft, name="draft"),
    path("invoices/<slug:key>/", invoices.see, name="invoice"),
    path("invoices/<slug:key>/paper.pdf", invoices.paper, name="invoice-pdf"),
    path("invoices/<slug:key>/lines.csv", invoices.lines_csv, name="invoice-csv"),
    path("invoices/<slug:key>/send/", invoices.send, name="send"),
    path("invoices/<slug:key>/paid/", invoices.paid, name="paid"),
    path("invoices/<slug:key>/refused/", invoices.refused, name="refused"),
    path("invoices/<slug:key>/shortfall/", invoices.shortfall, name="shortfall"),
    path("invoices/<slug:key>/written-off/", invoices.written_off, name="written-off"),
    path("invoices/<slug:key>/chased/", invoices.chased, name="chased"),
    path("invoices/<slug:key>/drop/", invoices.drop, name="drop"),
    path("desk/", desk.board, name="desk"),
    path("desk/open.csv", desk.board_csv, name="desk-csv"),
    path("visits/<slug:key>/", desk.pay, name="pay"),
    path("receipts/<slug:key>/", desk.receipt, name="receipt"),
    path("receipts/<slug:key>/receipt.pdf", desk.receipt_paper, name="receipt-pdf"),
    path("payments/<slug:key>/take-back/", desk.take_back, name="take-back"),
    path("prices/", prices.board, name="prices"),
    path("prices/<slug:key>/", prices.agree, name="agree"),
    path("fees/<slug:key>/end/", prices.end, name="end-fee"),
    path("reports/", reports.page, name="reports"),
    path("reports/report.csv", reports.as_csv, name="report-csv"),
]
