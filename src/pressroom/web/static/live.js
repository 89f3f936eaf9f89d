// Reads anew what shows something that changed, and comes back by itself: when the server was started anew, when a
// laptop slept, when another version is served, and when somebody was signed out and is in again.
import { isOwn } from "./forms.js";
import { notify, say } from "./notices.js";
import { readPage } from "./reading.js";
import { renewToken } from "./session.js";
import { follow } from "./stream.js";

const QUIET_MS = 120; // changes mostly come several at a time
const GAP_MS = 500; // from one reading to the next: whoever looks sees no more than that
const AGAIN_MS = 3000;
const OFFLINE_MS = 4000; // a server that is started anew is back by then
const MOST_CHANGES = 200;
const FOR_GOOD_MS = 2 ** 31 - 1;
const RENEWED = "pressroom-renewed";
const waiting = new Set();
let timer = null;
let isReading = false;
let readAt = -GAP_MS;
let againMs = AGAIN_MS; // more where the server says so
let offline = null; // {timer, notice} while the server cannot be heard
let outNotice = null; // shown while nobody is signed in

function hear({ kind, change, is_resumed, version }) {
  if (kind === "start") begin(is_resumed, version);
  else if (kind === "change") refresh(change);
  else if (kind === "behind") refresh(null);
  else if (kind === "lost") goOffline();
  else if (kind === "out") leave();
  else if (kind === "hello" && outNotice) renewToken();
}

function begin(isResumed, version) {
  goOnline();
  if (!isResumed) refresh(null);
  if (!import.meta.url.includes(`/${version}/`)) renew(version);
}

/** Read anew soon; `change` null is for anything. */
function refresh(change) {
  // Of a page that is hidden for hours, nothing is kept but that something changed.
  const isMuch = document.hidden || waiting.size >= MOST_CHANGES;
  if (isMuch) waiting.clear();
  waiting.add(isMuch ? null : change);
  schedule();
}

function schedule() {
  // Nobody sees a hidden page: it is read when it is shown.
  if (timer || isReading || document.hidden || !waiting.size) return;
  timer = setTimeout(read, Math.max(QUIET_MS, readAt + GAP_MS - performance.now()));
}

/** Read anew each part of the page that says where it comes from, `data-live`, and keep the focus. */
async function read() {
  const changes = [...waiting];
  waiting.clear();
  isReading = true;
  againMs = AGAIN_MS;
  readAt = performance.now();
  const pages = new Map();
  let isWhole = true;
  // What a post is called is known before it goes out of sight, or once it came into it.
  const titles = new Map(changes.map((change) => [change, titleOf(change)]));
  for (const part of document.querySelectorAll("[data-live]")) {
    isWhole = (await readPart(part, changes, pages).catch(() => false)) && isWhole;
  }
  isReading = false;
  timer = null;
  // What was done here is said already; the composer changes its post all the time.
  const isSaid = ({ id }) => isOwn(id) || document.querySelector(`[data-says="${CSS.escape(id)}"]`);
  // Of several steps of a post the last says where it stands: that it is live, not that there were four.
  const last = new Map(changes.filter((change) => change?.text && !isSaid(change)).map((change) => [change.id, change]));
  const words = [...last.values()].map((change) => inWords(change, titles.get(change) ?? titleOf(change))).filter(Boolean);
  if (words.length) say(words.length > 3 ? `${words.length} changes.` : words.join(" "));
  if (isWhole || outNotice) return schedule();
  waiting.add(null);
  timer = setTimeout(read, againMs);
}

const titleOf = (change) => document.querySelector(`a[href="/posts/${CSS.escape(change?.id)}"] .words`)?.textContent.trim();

/** A change in words; empty for one of a post that is not on this page. */
function inWords({ kind, id, text }, title) {
  if (title) return `“${title}”: ${text}`;
  return kind !== "post" || document.querySelector(`main [data-post="${CSS.escape(id)}"]`) ? text : "";
}

/** Answers whether the part is as it should be. */
async function readPart(part, changes, pages) {
  const detail = { changes, url: part.dataset.live, reading: null };
  // A page may ask for less than the whole, which it says by `reading`, or for nothing.
  const isAllowed = part.dispatchEvent(new CustomEvent("pressroom:read", { detail, cancelable: true }));
  const isRead = (await detail.reading) ?? true;
  if (!isAllowed || !part.isConnected) return isRead;
  if (!pages.has(detail.url)) pages.set(detail.url, readPage(detail.url));
  const page = await pages.get(detail.url);
  const fresh = page?.getElementById(part.id);
  if (!page || !fresh || !part.isConnected) return Boolean(page);
  const focused = document.activeElement?.id;
  await htmx.swap({ target: part, swap: "outerMorph", text: fresh.outerHTML });
  const again = focused && document.getElementById(focused);
  if (again && document.activeElement !== again) again.focus();
  document.dispatchEvent(new CustomEvent("pressroom:fresh"));
  return true;
}

function goOffline() {
  if (offline) return;
  document.dispatchEvent(new CustomEvent("pressroom:offline"));
  const words = "Not connected. What you see may be old; it is brought up to date by itself.";
  offline = { timer: setTimeout(() => (offline.notice = notify(words, { ms: FOR_GOOD_MS })), OFFLINE_MS) };
}

function goOnline() {
  if (!offline) return;
  clearTimeout(offline.timer);
  offline.notice?.remove();
  offline = null;
  document.dispatchEvent(new CustomEvent("pressroom:online"));
}

/** Whether a reload would lose what somebody is at. */
export function isBusy() {
  const isChanged = (field) =>
    field.matches("select")
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
      : field.checked !== field.defaultChecked || field.value !== field.defaultValue;
  const fields = [...document.querySelectorAll("form:is([method=post], :focus-within) :is(input, textarea, select)")];
  return Boolean(document.querySelector("dialog[open], .pick :checked, form[data-unsaved]")) || fields.some(isChanged);
}

/** Load the page of another version, once: its scripts and its parts belong together. */
function renew(version) {
  if (sessionStorage.getItem(RENEWED) === version) return;
  sessionStorage.setItem(RENEWED, version);
  if (!isBusy()) return location.reload();
  const action = { label: "Load it anew", run: () => location.reload() };
  notify("Another version of Pressroom is running. Load this page anew when you are done.", {
    action,
    ms: FOR_GOOD_MS,
  });
}

/** Show that nobody is signed in any more. A page with unsaved input stays; any other is loaded again, and says so. */
function leave() {
  if (outNotice) return;
  goOnline();
  if (!isBusy()) return location.reload();
  const action = { label: "Sign in", run: () => window.open("/sign-in") };
  const words = "You are signed out. Sign in in another tab; this page then continues, and nothing on it is lost.";
  outNotice = notify(words, { isProblem: true, action });
}

/** Continue if somebody signed in, such as in another tab. */
const comeBack = () => outNotice && !document.hidden && renewToken();

function enter() {
  if (!outNotice) return;
  outNotice.remove();
  outNotice = null;
  follow(hear);
  refresh(null);
}

document.addEventListener("pressroom:stale", () => refresh(null));
document.addEventListener("pressroom:out", leave);
document.addEventListener("pressroom:in", enter);
document.addEventListener("visibilitychange", comeBack);
addEventListener("focus", comeBack);
document.addEventListener("pressroom:later", ({ detail }) => (againMs = Math.max(againMs, detail.ms)));
document.addEventListener("visibilitychange", schedule);
addEventListener("pageshow", (event) => event.persisted && refresh(null));
if (document.querySelector("[data-live]")) follow(hear);
