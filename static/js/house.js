// What pages are given on top of working without it. Nothing here is needed to book, answer or cancel.
"use strict";

// The error summary takes the focus, also where autofocus on a box is not honoured.
function focusErrors() {
  const box = document.querySelector("[data-focus]");
  if (box) box.focus();
}

// "None of these" and the other ticks exclude each other while one chooses.
function keepNoneApart(event) {
  const tick = event.target;
  if (tick.type !== "checkbox" || !tick.checked) return;
  const group = tick.closest(".choices");
  const none = group && group.querySelector("[data-none]");
  if (!none) return;
  for (const other of group.querySelectorAll(`input[name="${CSS.escape(tick.name)}"]`)) {
    if (other !== tick && (tick === none || other === none)) other.checked = false;
  }
}

// A menu or a card of keys closes with Escape, and with a click elsewhere.
function closeOpen(except) {
  for (const open of document.querySelectorAll("details.menu[open]")) {
    if (open !== except) open.open = false;
  }
}

// A second press while the first is on its way would only ask twice.
function sendOnce(event) {
  const form = event.target;
  if (form.method !== "post" || form.matches("[hx-post]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
}

document.addEventListener("DOMContentLoaded", focusErrors);
document.addEventListener("change", keepNoneApart);
document.addEventListener("submit", sendOnce);
document.addEventListener("click", (event) => closeOpen(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest("details.menu[open]");
  closeOpen(null);
  if (open) open.querySelector("summary").focus();
});
