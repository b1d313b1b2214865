// A day or a month is fetched in place of the one before: the focus, the mark in the calendar and the words for who listens follow it.
"use strict";

// The day that is shown is marked in the calendar, and its times are next by keyboard.
function showDay() {
  const head = document.getElementById("day-head");
  for (const link of document.querySelectorAll("#month a.day")) {
    const shown = link.querySelector("time").dateTime === head.dataset.day;
    if (shown) link.setAttribute("aria-current", "date");
    else link.removeAttribute("aria-current");
  }
  head.focus();
}

// The way to the next month keeps the focus where there is one; what came is said.
function showMonth(pressed) {
  const head = document.getElementById("month-head");
  (document.getElementById(pressed) || head).focus();
  document.querySelector("[data-said]").textContent = head.dataset.say;
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "day") showDay();
  if (detail.target.id === "month") showMonth(detail.requestConfig.elt.id);
});

// What can't be fetched is asked for as a whole page, which says what is the matter.
for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(trouble, ({ detail }) => window.location.assign(detail.elt.href));
}
