// Reads anew the days of a calendar that stand otherwise by now, and opens a whole day beside the others.
import { isBusy } from "./live.js";
import { isHeld } from "./moving.js";
import { readPage } from "./reading.js";

const calendar = document.getElementById("calendar");
let reading = Promise.resolve();
let isWaiting = false;
const NOW_STEP_MS = 300_000; // how far the line that shows now moves at a time

// Days go by, and hours, where nothing else changes.
setInterval(() => document.dispatchEvent(new CustomEvent("pressroom:stale")), NOW_STEP_MS);

/** Read what changed since the page was made; of an address that opens or closes a day, that. */
function read(url) {
  calendar.dataset.live = url;
  if (!isWaiting) {
    isWaiting = true;
    // One at a time, and one that waits reads what all who ask meanwhile want.
    reading = reading.catch(() => null).then(() => ((isWaiting = false), readOnce()));
  }
  return reading;
}

/** Answers whether the days are as they should be. */
async function readOnce() {
  const url = new URL(calendar.dataset.live, location);
  const days = [...calendar.querySelectorAll("[data-mark]")];
  url.searchParams.set("marks", days.map((day) => day.dataset.mark).join());
  const fresh = await readPage(url);
  if (!fresh) return false;
  // It was picked up meanwhile; once it is put down all is read again.
  if (isHeld()) return true;
  // At midnight a calendar of today goes on to days that this page lacks; its title and its ways are old, too.
  const isLacking = [...fresh.querySelectorAll(".day")].some(({ id }) => !document.getElementById(id));
  if (isLacking && !isBusy()) return location.reload(), true;
  const before = document.activeElement;
  const [chip, day] = [before?.closest(".chip"), before?.closest("[data-day]")].map((place) => place?.id);
  for (const changed of fresh.querySelectorAll("[data-mark]")) {
    const target = document.getElementById(changed.id);
    if (target) await htmx.swap({ target, swap: "outerMorph", text: changed.outerHTML });
  }
  if (before && !before.isConnected) {
    // It went with its post to another day, or out of sight.
    const places = [before.id, chip, day].map((id) => id && document.getElementById(id)).filter(Boolean);
    const [link] = places.map((place) => (place.matches("a, button") ? place : place.querySelector("a")));
    link?.focus();
  }
  document.dispatchEvent(new CustomEvent("pressroom:fresh"));
  return true;
}

async function turn(link) {
  const id = new URL(link.href).hash.slice(1);
  const url = link.getAttribute("href").split("#")[0];
  history.replaceState(null, "", url);
  await read(url);
  const day = document.getElementById(id);
  (day.querySelector(".less, .more") ?? day.querySelector("a"))?.focus();
}

calendar.addEventListener("pressroom:read", (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  event.detail.reading = read(calendar.dataset.live);
});

calendar.addEventListener("click", (event) => {
  const link = event.target.closest("a.more, a.less");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  turn(link);
});

// Also after a drag, when nothing has the focus.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const filters = event.target.closest("details[open]");
  const close = calendar.querySelector("a.less");
  if (filters) {
    filters.open = false;
    filters.querySelector("summary").focus();
  } else if (close) turn(close);
});
