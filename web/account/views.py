"""Where everybody starts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinic.enums import Role
from web.errors import bare_page
from web.guard import allow, public

STARTS = {
    Role.PATIENT: "patient:plan",
    Role.PRACTITIONER: "practitioner:today",
    Role.RECEPTIONIST: "reception:diary",
    Role.ADMIN: "approvals:board",
}


@allow("account.keep")
def start(request: HttpRequest) -> HttpResponse:
    """Lead somebody who signed in to the page of their role."""
    return redirect(STARTS[Role(request.user.role)])


@public
def no_signup(request: HttpRequest) -> HttpResponse:
    """Say to somebody who looks for an account that none is needed."""
    return render(request, "account/signup_closed.html")


def too_often(request: HttpRequest) -> HttpResponse:
    """Answer somebody who tries to sign in faster than a person would."""
    return bare_page(429)
