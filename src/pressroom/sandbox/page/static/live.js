// Refreshes the log, the time and the page's content, and filters the log.
const EVERY_MS = 1000;
const MOST_ROWS = 300;

const rows = document.getElementById("rows");
const filter = document.getElementById("filter");
const failures = document.getElementById("failures");
const pause = document.getElementById("pause");
const isOn = (button) => button.getAttribute("aria-pressed") === "true";
let last = Number(rows.querySelector(".row")?.dataset.number ?? 0);
let mark = null;

function applyFilter() {
  const wanted = filter.value.trim().toLowerCase();
  const all = [...rows.children];
  for (const row of all) {
    const fits = row.dataset.text.toLowerCase().includes(wanted);
    row.hidden = !fits || (isOn(failures) && !row.classList.contains("failed"));
  }
  document.getElementById("no-rows").hidden = all.length > 0;
  document.getElementById("no-match").hidden = all.length === 0 || all.some((row) => !row.hidden);
}

function addRows(html) {
  const part = document.createRange().createContextualFragment(html);
  for (const row of part.querySelectorAll(".row")) row.classList.add("fresh");
  rows.prepend(part);
  while (rows.childElementCount > MOST_ROWS) rows.lastElementChild.remove();
  applyFilter();
}

// Replacing an element loses the keyboard focus: this selector finds the focused one in the new content.
function handleOf(element) {
  for (const name of ["href", "aria-label", "data-body"]) {
    const value = element.getAttribute(name);
    if (value) return `[${name}="${CSS.escape(value)}"]`;
  }
  return null;
}

// Leaves equal content alone, and keeps focus and opened details: somebody may be reading or typing there.
function replace(old, fresh) {
  if (!fresh || old.isEqualNode(fresh)) return;
  const handle = old.contains(document.activeElement) ? handleOf(document.activeElement) : null;
  const opened = [...old.querySelectorAll("details")].map((one) => one.open);
  old.replaceWith(fresh);
  fresh.querySelectorAll("details").forEach((one, place) => (one.open = opened[place] ?? false));
  if (handle) fresh.querySelector(handle)?.focus();
}

export async function refreshPage() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(old.id);
    replace(old, now && document.adoptNode(now));
  }
  const [old, now] = [document.getElementById("tab-play"), fresh.getElementById("tab-play")];
  old.replaceChildren(...now.childNodes);
  showNewest();
}

export function showNewest() {
  if (document.getElementById("bubbles")) document.getElementById("phone").scrollTop = 1e6;
}

export function forgetRows() {
  rows.replaceChildren();
  applyFilter();
}

function showTime(now) {
  for (const one of document.querySelectorAll("[data-now]")) one.textContent = now;
  document.querySelector("[data-clock]").textContent = now.match(/\d\d:\d\d/)[0];
}

async function refresh() {
  if (document.hidden || isOn(pause)) return; // a tab in the background must not keep the sandbox busy
  const { account } = document.body.dataset;
  const answer = await fetch(`/_sandbox/live?since=${last}&account=${account}`, { cache: "no-store" });
  const news = await answer.json();
  if (news.top < last) {
    last = 0; // another sandbox on this port, or a log that was cleared
    forgetRows();
    return;
  }
  if (news.last !== null) addRows(news.rows);
  last = Math.max(last, news.top);
  showTime(news.now);
  if ((mark !== null && mark !== news.mark) || news.wrote) await refreshPage();
  mark = news.mark;
}

function press(button, then) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isOn(button)));
    then();
  });
}

export async function keepFresh() {
  filter.addEventListener("input", applyFilter);
  press(failures, applyFilter);
  press(pause, () => {});
  showNewest();
  const ended = document.querySelector(".ended");
  // Waits for each answer before the next question: a slow sandbox gets no queue of them.
  for (;;) {
    try {
      await refresh();
      ended.hidden = true;
    } catch {
      ended.hidden = false;
    }
    await new Promise((done) => setTimeout(done, EVERY_MS));
  }
}
