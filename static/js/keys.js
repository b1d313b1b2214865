// Keys for people who use the diary all day. Every key presses something that is on the page.
"use strict";

function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

function keysCard() {
  return document.querySelector("[data-keys]");
}

// Single keys get in the way of speech input, so the card has a switch; it is remembered on this machine.
function isOn() {
  return localStorage.getItem("keys") !== "off";
}

function keepSwitch() {
  const box = document.querySelector("[data-keys-switch]");
  if (!box) return;
  box.closest("[hidden]")?.removeAttribute("hidden");
  box.checked = isOn();
  box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
}

function press(key) {
  const wanted = document.querySelector(`[data-shortcut="${CSS.escape(key.toLowerCase())}"]`);
  if (!wanted) return false;
  if (wanted.matches("input, select, textarea")) wanted.focus();
  else wanted.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !isOn()) return;
  const card = keysCard();
  if (event.key === "?" && card) {
    card.open = !card.open;
    if (card.open) card.querySelector("summary").focus();
    event.preventDefault();
  } else if (event.key === "Escape" && card && card.open) {
    card.open = false;
    card.querySelector("summary").focus();
  } else if (event.key.length === 1 && press(event.key)) {
    event.preventDefault();
  }
});

// A tile grows under the pointer or the focus; Escape makes it small again.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest(".tile")) event.target.blur();
});

document.addEventListener("DOMContentLoaded", keepSwitch);
