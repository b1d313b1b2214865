// How long a time is still held. The page says until when without it; this adds the minutes, and a warning in good time.
"use strict";

const WARN_AT = [5, 3, 2, 1]; // minutes left; WCAG asks for a warning well before the end

function minutes(until) {
  return Math.ceil((until - Date.now()) / 60000);
}

function words(left) {
  if (left <= 0) return "This time is no longer held. You can still go on: we check that it is free.";
  return left === 1 ? "1 minute left" : `${left} minutes left`;
}

function watch(box) {
  const until = Date.parse(box.dataset.holdUntil);
  const said = box.querySelector("[data-hold-left]");
  const shown = document.createElement("span");
  shown.className = "hold__minutes";
  box.querySelector("strong").after(shown);
  const warned = new Set();
  function tick() {
    const left = minutes(until);
    shown.textContent = words(left);
    box.classList.toggle("is-short", left <= 2);
    const due = left <= 0 ? 0 : left;
    if ((due === 0 || WARN_AT.includes(due)) && !warned.has(due)) {
      warned.add(due);
      said.textContent = due === 0 ? words(0) : `Your time is held for ${words(due).replace(" left", "")} more.`;
    }
    if (left > 0) setTimeout(tick, 1000);
  }
  tick();
}

document.querySelectorAll("[data-hold-until]").forEach(watch);
