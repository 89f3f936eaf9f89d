// Lets posts be dragged to another day, to a cell of an hour, to the shelf, and to the next or previous month.
//
// SortableJS does it for the mouse and, after a long press, for a finger. What moves is decided by the server.
import { MOVABLE, isHeld, moveChip, placeOf } from "./moving.js";

const LONG_PRESS_MS = 350;
const WAYS = 'main [rel="prev"], main [rel="next"]';
const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const targets = new Set();
let home = null; // where the dragged chip was: {list, next}

const OPTIONS = {
  group: "posts",
  sort: false,
  draggable: MOVABLE,
  filter: ".move, .pick",
  preventOnFilter: false,
  animation: isStill.matches ? 0 : 120,
  // By pointer events a post that a finger once scrolled by would not be picked up any more.
  supportPointer: false,
  delay: LONG_PRESS_MS,
  delayOnTouchOnly: true,
  touchStartThreshold: 6,
  emptyInsertThreshold: 24,
  scrollSensitivity: 64,
  scrollSpeed: 16,
  ghostClass: "dragged",
  chosenClass: "chosen",
  onStart: begin,
  onEnd: end,
  // While a post is pressed nothing is read anew.
  onUnchoose: () => document.dispatchEvent(new CustomEvent("pressroom:stale")),
};

/** Make targets of what a page shows, also of what it was given since. */
function equip() {
  // It keeps each of its lists until it is told, also one that no page shows any more.
  for (const target of targets) if (!target.el.isConnected) (target.destroy(), targets.delete(target));
  for (const list of document.querySelectorAll(`[data-day] ul.chips:not(.skipped > *), ${WAYS}`)) {
    if (!Sortable.get(list)) targets.add(new Sortable(list, OPTIONS));
  }
}

function begin({ item }) {
  home = { list: item.parentElement, next: item.nextElementSibling };
  unfold(item, true);
}

/** Show the days and hours that are no more than targets, or no longer; the post stays where it is seen. */
function unfold(item, isOn) {
  const { top } = item.getBoundingClientRect();
  document.body.classList.toggle("dragging", isOn);
  scrollBy(0, item.getBoundingClientRect().top - top);
}

function end({ item, from, to }) {
  unfold(item, false);
  const { list, next } = home;
  const restore = () => list.insertBefore(item, next?.parentElement === list ? next : null);
  if (to === from) return;
  const fields = fieldsOf(to, item, list);
  // These days are not what the server last made of them: they are read anew, whatever becomes of the move.
  for (const day of [from, to].map((place) => place.closest("[data-mark]"))) if (day) day.dataset.mark = "";
  if (to.matches(WAYS)) restore();
  moveChip(item, fields, restore);
}

/** What a drop asks for. A day alone keeps the time of day. */
function fieldsOf(to, item, list) {
  if (to.matches(WAYS)) return fieldsOfWay(to, list.closest("[data-day]").dataset.day);
  const { day } = to.closest("[data-day]").dataset;
  const cell = to.closest("[data-time]");
  if (!day) return { open: 1 };
  if (cell) return { day, time: timeIn(cell, item, list) };
  // Beside the hours stands what has no time.
  return document.querySelector("[data-time]") ? { day, no_time: 1 } : { day };
}

/** In the cell of an hour a post keeps its minutes, if it had that hour before; else it begins with the cell. */
function timeIn(cell, item, list) {
  const { time } = placeOf(item);
  const isSameHour = list.closest("[data-time]")?.dataset.time === cell.dataset.time;
  return isSameHour ? time : cell.dataset.time;
}

/** The next or previous month; in week and day as many days. */
function fieldsOfWay(way, day) {
  const target = new URL(way.href).searchParams.get("of");
  const view = location.pathname.split("/").at(-1);
  if (view === "month") return { month: target.slice(0, 7) };
  const sign = way.rel === "next" ? 1 : -1;
  const days = { week: 7, day: 1 }[view] ?? 28;
  const moved = new Date(`${day}T00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + sign * days);
  return { day: moved.toISOString().slice(0, 10) };
}

// A finger that rests on a link would open the browser's menu in the middle of a drag.
document.addEventListener("contextmenu", (event) => isHeld() && event.preventDefault());
document.addEventListener("pressroom:fresh", equip);
equip();
