// A draft that saves itself: htmx posts the form, this says in words what became of it.
// The form carries hx-post, hx-trigger="input changed delay:1s, change delay:1s", hx-swap="none" and data-draft="id of the words".
"use strict";

function sayDraft(event, text) {
  const form = event.target.closest("[data-draft]");
  const place = form && document.getElementById(form.dataset.draft);
  if (place) place.textContent = text;
}

function clockTime() {
  return new Date().toLocaleTimeString("en-GB");
}

document.addEventListener("htmx:beforeRequest", (event) => sayDraft(event, "Saving …"));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) sayDraft(event, `Draft saved ${clockTime()}.`);
});
document.addEventListener("htmx:responseError", (event) => sayDraft(event, "Not saved: please press “Save now”."));
document.addEventListener("htmx:sendError", (event) => sayDraft(event, "Not saved: there is no connection. What you wrote is still here."));
