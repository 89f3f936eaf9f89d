// Moves posts on a calendar: by dragging (dragging.js), by key, and by a dialog with a date and a time.
//
// A move asks the server, with the version that is shown; the page is read anew after each answer, and waits
// with it while something is held.
import { send } from "./forms.js";
import { onKey } from "./keys.js";
import { notify, say } from "./notices.js";

export const MOVABLE = ".chip[data-movable]:not(.pending)";
const MINUTE_MS = 60_000;
const DAY_MIN = 1440;
const SPELL = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
let carried = null; // what is moved by key: {chip, from, day, time, ghost}

/** The zone that the address asks for, as a query for whatever is sent. */
const zoneAsked = () => {
  const zone = new URLSearchParams(location.search).get("zone");
  return zone ? `?${new URLSearchParams({ zone })}` : "";
};

export const titleOf = (chip) => chip.querySelector(".words")?.textContent.trim() || "this post";

/** Where a chip stands: {day, time}, as its cell and its `time` say; empty for none. */
export function placeOf(chip) {
  const time = chip.querySelector("time")?.dateTime.slice(11, 16) ?? "";
  return { day: chip.closest("[data-day]")?.dataset.day ?? "", time };
}

/** Ask for a move. The chip is a ghost until the answer; where it is refused, `restore` puts it back. */
export async function moveChip(chip, fields, restore = () => {}) {
  chip.classList.add("pending");
  chip.setAttribute("aria-busy", "true");
  const path = `/posts/${chip.dataset.post}/move${zoneAsked()}`;
  const answer = await send(path, { version: chip.dataset.version, ...fields });
  if (!answer) restore();
  chip.classList.remove("pending");
  chip.removeAttribute("aria-busy");
}

/** Whether something is being moved: nothing may be read anew then. */
export const isHeld = () => carried !== null || document.querySelector(".chip.pending, .chip.chosen") !== null;

// Before the page itself hears of it.
document.addEventListener(
  "pressroom:read",
  (event) => {
    if (!isHeld()) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
const linkOf = (place) => (place?.matches("a") ? place : place?.querySelector("a"));
const focusedChip = () => document.activeElement?.closest?.(".chip") ?? null;
const isTimed = () => document.querySelector("[data-time]") !== null;

// By key -----------------------------------------------------------------------------------------

onKey("m", "Move the post in focus: arrows, Enter to drop it, Escape to give up", (event) => {
  const chip = focusedChip();
  if (!chip) return void notify("Bring the focus to a post first, by the Tab key or an arrow.");
  if (!chip.matches(MOVABLE)) {
    return void notify(`“${titleOf(chip)}” does not move any more. Its page says what can be done.`);
  }
  event.preventDefault();
  const from = placeOf(chip);
  const today = document.querySelector("[data-day].today")?.dataset.day;
  const first = today ?? [...document.querySelectorAll("[data-day]")].find((cell) => cell.dataset.day)?.dataset.day;
  carried = { chip, from, day: from.day || first, time: from.time, ghost: ghostOf(chip) };
  chip.classList.add("carried");
  document.body.classList.add("dragging");
  show();
  const steps = isTimed() ? "a day or 15 minutes" : "a day or a week";
  say(`Moving “${titleOf(chip)}”. ${inWords()}. Arrow keys move it by ${steps}, Enter drops it, Escape gives up.`);
});

function ghostOf(chip) {
  const ghost = chip.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.removeAttribute("data-movable");
  ghost.classList.add("landing");
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  return ghost;
}

/** Move the ghost by days and minutes. */
function step(days, minutes) {
  const at = new Date(`${carried.day}T${carried.time || "09:00"}Z`);
  // What has no time yet gets one by the first step along the hours.
  const moved = new Date(at.getTime() + (days * DAY_MIN + (carried.time ? minutes : 0)) * MINUTE_MS).toISOString();
  carried.day = moved.slice(0, 10);
  if (carried.time || minutes) carried.time = moved.slice(11, 16);
  show();
  say(inWords());
}

function show() {
  const { ghost, day, time } = carried;
  document.querySelectorAll(".target").forEach((cell) => cell.classList.remove("target"));
  const shown = ghost.querySelector("time");
  if (shown && time) shown.textContent = time;
  const cell = cellOf(day, time);
  cell?.classList.add("target");
  if (!cell) return ghost.remove();
  (cell.querySelector("ul.chips") ?? cell).append(ghost);
  ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** The cell of a day, in week and day that of a time; where the page does not show the day, the way there. */
function cellOf(day, time) {
  const cells = [...document.querySelectorAll(`[data-day="${day}"]`)];
  if (!cells.length) {
    const isBefore = day < ([...document.querySelectorAll("[data-day]")].find((cell) => cell.dataset.day)?.dataset.day ?? "");
    return document.querySelector(isBefore ? "main [rel=prev]" : "main [rel=next]");
  }
  const hours = cells.flatMap((cell) => (cell.dataset.time === undefined ? [...cell.querySelectorAll("[data-time]")] : [cell]));
  return hours.filter((hour) => hour.dataset.time <= time).at(-1) ?? cells[0];
}

function inWords() {
  const { day, time } = carried;
  const isElsewhere = document.querySelector(`[data-day="${day}"]`) === null;
  return `${SPELL.format(new Date(`${day}T00:00Z`))}, ${time || "no time yet"}${isElsewhere ? ", beyond what is shown" : ""}`;
}

/** End a move by key. Returns what was carried, whose ghost is still there. */
function letGo() {
  const ended = carried;
  carried = null;
  ended.chip.classList.remove("carried");
  document.body.classList.remove("dragging");
  document.querySelectorAll(".target").forEach((cell) => cell.classList.remove("target"));
  return ended;
}

function giveUp() {
  const { ghost, chip } = letGo();
  ghost.remove();
  say(`Given up: “${titleOf(chip)}” stays where it was.`);
  document.dispatchEvent(new CustomEvent("pressroom:stale"));
}

async function drop() {
  const { chip, from, day, time, ghost } = letGo();
  if (day === from.day && time === from.time) return void (ghost.remove(), say("It stays where it was."));
  // The day alone keeps the time of day, with its seconds.
  await moveChip(chip, time === from.time ? { day } : { day, time });
  ghost.remove();
}

const STEPS = {
  ArrowLeft: () => step(-1, 0),
  ArrowRight: () => step(1, 0),
  ArrowUp: () => (isTimed() ? step(0, -15) : step(-7, 0)),
  ArrowDown: () => (isTimed() ? step(0, 15) : step(7, 0)),
  PageUp: () => step(-7, 0),
  PageDown: () => step(7, 0),
  Enter: drop,
  Escape: giveUp,
};

// Before whatever else hears keys: nothing else happens while a post is carried.
document.addEventListener(
  "keydown",
  (event) => {
    if (!carried || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    STEPS[event.key]?.();
  },
  true,
);
document.addEventListener("focusout", (event) => carried?.chip.contains(event.target) && giveUp());

// From post to post ------------------------------------------------------------------------------

const BEGIN = ".day .add, .begin a"; // where a post is begun; the Tab key stops at that of the day alone

/** Bring the focus to another chip, or from a + to another. find: gets all, and the place of the one in focus. */
const walk = (find) => (event) => {
  const begin = event.target.closest(BEGIN);
  const all = [...document.querySelectorAll(begin ? BEGIN : ".chip:not(.landing)")];
  const places = all.filter((place) => place.checkVisibility());
  const place = places.indexOf(begin ?? focusedChip());
  if (place < 0 || event.target.matches("input")) return;
  event.preventDefault();
  const found = find(places, place);
  found?.closest(".begin")?.removeAttribute("aria-hidden");
  linkOf(found)?.focus();
};
const dayOf = (chip) => chip.closest("[data-day]")?.dataset.day;
const firstOfDay = (chips, chip) => chip && chips.find((other) => dayOf(other) === dayOf(chip));

onKey("ArrowDown", "The next post; from the + of a day to that of an hour", walk((chips, place) => chips[place + 1]));
onKey("ArrowUp", "The post before", walk((chips, place) => chips[place - 1]));
onKey(
  "ArrowRight",
  "The first post of the next day that has one",
  walk((chips, place) => chips.slice(place).find((chip) => dayOf(chip) !== dayOf(chips[place]))),
);
onKey(
  "ArrowLeft",
  "The first post of the day before that has one",
  walk((chips, place) => firstOfDay(chips, chips.slice(0, place).findLast((chip) => dayOf(chip) !== dayOf(chips[place])))),
);

// By a dialog ------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.(".chip .move");
  const dialog = document.getElementById("retime");
  if (!opener || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const chip = opener.closest(".chip");
  const form = dialog.querySelector("form[data-send]");
  const { day, time } = placeOf(chip);
  const isWaiting = chip.matches(".is-draft, .is-awaiting_approval");
  form.action = `/posts/${chip.dataset.post}/move${zoneAsked()}`;
  form.elements.version.value = chip.dataset.version;
  form.elements.day.value = day;
  form.elements.time.value = time;
  form.elements.time.required = !isWaiting;
  for (const button of form.querySelectorAll("[data-held]")) button.hidden = !isWaiting;
  document.getElementById("retime-post").textContent = titleOf(chip);
  dialog.showModal();
});
// What was filled in is nothing that somebody is at any more.
document.getElementById("retime")?.addEventListener("close", ({ target }) => target.querySelector("form").reset());
