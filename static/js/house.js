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

document.addEventListener("DOMContentLoaded", focusErrors);
document.addEventListener("change", keepNoneApart);
