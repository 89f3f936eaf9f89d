// One stream of what happens, for all tabs of the browser. One tab leads, by a lock, and passes on what it hears.
//
// A browser has six connections for a host: with a stream in each tab the seventh would never load. A stream can
// die without a word, as while a laptop sleeps; so the server sends a beat each 15 s, and silence is noticed.
const NAME = "pressroom-live";
const LOOK_MS = 5_000;
const SILENT_MS = 40_000;
const WOKEN_SILENT_MS = 20_000; // on waking one beat that is missing is enough
const MOST_SILENT_LOOKS = 12; // of a tab that leads, and may be frozen
const LONGEST_PAUSE_MS = 30_000;
const HAPPENED_BEFORE_MS = 1_000; // a change is heard of that much later at most
const channel = new BroadcastChannel(NAME);
const begunAt = Date.now() - performance.now();

let listener = null;
let cursor = document.querySelector('meta[name="pressroom-cursor"]')?.content ?? "";
let heardAt = Date.now();
let changedAt = 0;
let silentLooks = 0;
let leading = null; // of each lead another; null for none
let queued = null; // the request for the lock
let endStream = () => {};
let endPause = () => {};

/**
 * Hear what happens, whichever tab leads. `hear` gets messages by their kind: `start` {is_resumed, version},
 * `change` {change}, `behind` (something happened while this page loaded), `beat`, `lost`, `out` (signed out),
 * `hello` (another tab opened a page, so somebody is signed in).
 */
export function follow(hear) {
  if (!listener) {
    channel.addEventListener("message", (event) => receive(event.data));
    addEventListener("online", () => wake(0));
    document.addEventListener("visibilitychange", () => document.hidden || wake(WOKEN_SILENT_MS));
    setInterval(look, LOOK_MS);
  }
  listener = hear;
  channel.postMessage({ kind: "hello", since: begunAt });
  contend();
}

/** Tell how the server answers: an HTTP status, 0 where it cannot be reached. */
async function ask() {
  return fetch("/live", { method: "HEAD" }).then(
    (response) => response.status,
    () => 0,
  );
}

function receive(message) {
  if (message.kind === "hello") {
    greet(message);
    return void listener(message);
  }
  if (message.kind === "behind" && message.since !== begunAt) return;
  heardAt = Date.now();
  silentLooks = 0;
  cursor = message.id || cursor;
  listener(message);
}

function tellAll(message) {
  channel.postMessage(message);
  receive(message);
}

/** Tell a new tab whether something happened between the making of its page and now. */
function greet({ since }) {
  if (leading && changedAt > since - HAPPENED_BEFORE_MS) channel.postMessage({ kind: "behind", since });
}

function contend(steal = false) {
  queued?.abort();
  const mine = (queued = new AbortController());
  const options = steal ? { steal } : { signal: mine.signal };
  navigator.locks.request(NAME, options, lead).catch(() => {
    if (mine.signal.aborted) return;
    // Another tab took the lead, since this one was silent for long.
    leading = null;
    endStream();
    contend();
  });
}

/** Lead until nobody is signed in any more, or another tab takes over. */
async function lead() {
  // This tab may have the lead again, while an earlier lead of it still waits for something.
  const mine = (leading = Symbol("lead"));
  let failures = 0;
  while (leading === mine) {
    const livedMs = await listen();
    const status = await ask();
    if (leading !== mine) return;
    if (status === 401) {
      leading = null;
      return tellAll({ kind: "out" });
    }
    const hasLived = livedMs > LOOK_MS;
    failures = hasLived ? 0 : failures + 1;
    if (status === 200 && hasLived) continue;
    tellAll({ kind: "lost" });
    await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
  }
}

/** Pass on what one stream says until it ends. Answers for how many milliseconds it said something. */
function listen() {
  return new Promise((resolve) => {
    let beganAt = Infinity;
    heardAt = Date.now();
    const source = new EventSource(`/live?after=${encodeURIComponent(cursor)}`);
    const pass = (kind, fields) => (event) =>
      tellAll({ kind, id: event.lastEventId, ...fields(JSON.parse(event.data)) });
    endStream = () => (source.close(), resolve(Date.now() - beganAt));
    source.addEventListener("start", () => (beganAt = Date.now()));
    source.addEventListener("start", pass("start", (start) => start));
    source.addEventListener("change", () => (changedAt = Date.now()));
    source.addEventListener("change", pass("change", (change) => ({ change })));
    source.addEventListener("beat", () => tellAll({ kind: "beat" }));
    source.addEventListener("error", endStream);
  });
}

function pause(ms) {
  return new Promise((resolve) => {
    endPause = resolve;
    setTimeout(resolve, ms);
  });
}

function look() {
  if (leading) return void (Date.now() - heardAt > SILENT_MS && endStream());
  // Counted, and not timed: after a sleep the tab that leads comes back first.
  silentLooks += 1;
  if (silentLooks > MOST_SILENT_LOOKS && !document.hidden && queued) contend(true);
}

function wake(silentMs) {
  endPause();
  if (Date.now() - heardAt < silentMs) return;
  if (leading) endStream();
  else silentLooks = MOST_SILENT_LOOKS; // whoever leads has until the next look to be heard
}
