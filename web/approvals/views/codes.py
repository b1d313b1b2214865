"""One approval: what it covers, its letters, and what was written of it before."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bookings.services.codes import accept_code
from bookings.services.states import StateChanged
from clinic import audit
from insurers.letters import extension_letter
from insurers.models import Authorisation, Document
from insurers.services import CodeKnown, NotKept, UnitsAlreadyUsed, add_document
from web.approvals.forms import CodeForm
from web.approvals.policy_forms import DocumentForm
from web.approvals.views.policies import brought_about
from web.approvals.words import Said, changes_words
from web.guard import allow

TYPES = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}


def find(request: HttpRequest, key: str) -> Authorisation:
    return get_object_or_404(Authorisation.objects.visible_to(request.user).in_full(), key=key)


@allow("authorisation.record")
def authorisation(request: HttpRequest, key: str) -> HttpResponse:
    """Everything an approval says, to correct; earlier values are kept."""
    found = find(request, key)
    policy = found.policy
    form = CodeForm(request.POST or None, policy=policy, asked=found)
    if form.is_valid():
        try:
            booked = accept_code(policy=policy, approval=found, by=request.user, now=request.now, **form.answer)
        except UnitsAlreadyUsed as refused:
            form.add_error("units", str(refused))
        except CodeKnown as known:
            form.add_error("code", str(known))
        except StateChanged as changed:
            form.add_error(None, str(changed))
        else:
            messages.success(request, brought_about(request, policy, form.answer["units"], len(booked)))
            return redirect("approvals:authorisation", key)
    return show(request, found, form, DocumentForm())


def show(request: HttpRequest, found: Authorisation, form: CodeForm, upload: DocumentForm) -> HttpResponse:
    clinic = found.policy.patient.clinic
    today = request.now.astimezone(clinic.tz).date()
    context = {
        "policy": found.policy,
        "said": Said(found, today, clinic.currency),
        "form": form,
        "upload": upload,
        "documents": found.documents.oldest_first(),
        "history": changes_words(found.changes.newest_first(), clinic.currency),
    }
    return render(request, "approvals/authorisation.html", context)


@allow("authorisation.record")
@require_POST
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a letter with the approval."""
    found = find(request, key)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            add_document(authorisation=found, name=sent.name, content=sent.read(), by=request.user, now=request.now)
        except NotKept as refused:
            form.add_error("file", str(refused))
        else:
            messages.success(request, "The letter is kept.")
            return redirect("approvals:authorisation", key)
    empty = CodeForm(policy=found.policy, asked=found)
    return show(request, found, empty, form)


@allow("authorisation.record")
@require_safe
def document(request: HttpRequest, key: str) -> HttpResponse:
    """One letter, to keep: never shown as a page of this site, never kept by what lies between."""
    found = get_object_or_404(Document.objects.visible_to(request.user), key=key)
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    audit.record(request.user, "document.open", found)
    answer = FileResponse(content, as_attachment=True, filename=found.name, content_type=TYPES[found.kind])
    return kept_apart(answer)


def kept_apart(answer: HttpResponse) -> HttpResponse:
    """A file that a browser runs nothing of and nobody between keeps."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


@allow("authorisation.record")
@require_safe
def letter(request: HttpRequest, key: str) -> HttpResponse:
    """The letter that asks for more sessions."""
    found = find(request, key)
    if not found.is_extension or found.course is None:
        raise Http404
    audit.record(request.user, "authorisation.letter", found)
    answer = HttpResponse(extension_letter(found, now=request.now), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="request-for-more-sessions.pdf"'
    return kept_apart(answer)
