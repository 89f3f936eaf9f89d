// Keeps the log and the profile fresh, filters the log, turns carousels. No dependencies.
const EVERY_MS = 1000;
const MOST_ROWS = 300;

const rows = document.querySelector("#rows");
const filter = document.querySelector("#filter");
const pause = document.querySelector("#pause");
const empty = document.querySelector("#no-rows");
let last = 0;
let mark = null;

function applyFilter(within) {
  const wanted = filter.value.trim().toLowerCase();
  for (const row of within) row.hidden = !row.dataset.text.toLowerCase().includes(wanted);
}

function addRows(html, isFirst) {
  if (isFirst) rows.replaceChildren();
  const part = document.createRange().createContextualFragment(html);
  const added = [...part.querySelectorAll(".row")];
  applyFilter(added);
  if (!isFirst) for (const row of added) row.classList.add("fresh");
  rows.prepend(part);
  while (rows.childElementCount > MOST_ROWS) rows.lastElementChild.remove();
  empty.hidden = rows.childElementCount > 0;
}

async function refreshProfile() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["profile", "account", "text", "numbers"]) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    const focused = old?.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (old && now) old.replaceWith(document.adoptNode(now));
    if (focused) now.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
}

async function refresh() {
  if (document.hidden || pause.getAttribute("aria-pressed") === "true") return;
  const answer = await fetch(`/_sandbox/live?since=${last}`, { cache: "no-store" });
  const news = await answer.json();
  if (news.last !== null) {
    addRows(news.rows, last === 0);
    last = news.last;
  }
  if (mark !== null && mark !== news.mark) await refreshProfile();
  mark = news.mark;
}

async function keepFresh() {
  try {
    await refresh();
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  }
  setTimeout(keepFresh, EVERY_MS);
}

function turn(carousel) {
  const slides = carousel.querySelector(".slides");
  const [left, right] = carousel.querySelectorAll(".step");
  const dots = carousel.nextElementSibling.children;
  const place = () => Math.round(slides.scrollLeft / slides.clientWidth);
  const show = () => {
    const now = place();
    carousel.querySelector(".counter b").textContent = now + 1;
    left.hidden = now === 0;
    right.hidden = now === dots.length - 1;
    [...dots].forEach((dot, index) => dot.classList.toggle("on", index === now));
  };
  const go = (step) => slides.scrollTo({ left: (place() + step) * slides.clientWidth, behavior: "smooth" });
  left.addEventListener("click", () => go(-1));
  right.addEventListener("click", () => go(1));
  slides.addEventListener("scroll", show, { passive: true });
  slides.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(step);
  });
}

// Sends an order to the control API and says what became of it.
async function order(near, name, body, method = "POST") {
  const options = { method, headers: { "content-type": "application/json" } };
  if (method === "POST") options.body = JSON.stringify(body);
  const answer = await fetch(`/_sandbox/${name}`, options);
  const told = near.closest(".panel").querySelector(".told");
  told.textContent = answer.ok ? "Done." : (await answer.json()).error;
  if (answer.ok) await refreshProfile();
}

function bodyOf(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.value === "") continue;
    body[field.name] = "number" in field.dataset ? Number(field.value) : field.value;
  }
  return body;
}

for (const button of document.querySelectorAll("[data-order]")) {
  button.addEventListener("click", () =>
    order(button, button.dataset.order, JSON.parse(button.dataset.body ?? "{}"), button.dataset.method),
  );
}
for (const form of document.querySelectorAll("[data-form]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await order(form, form.dataset.form, bodyOf(form));
    const text = form.querySelector("[name=text]");
    if (text) text.value = "";
  });
}
filter.addEventListener("input", () => applyFilter(rows.children));
pause.addEventListener("click", () => {
  const isPaused = pause.getAttribute("aria-pressed") === "true";
  pause.setAttribute("aria-pressed", String(!isPaused));
  pause.textContent = isPaused ? "Pause" : "Go on";
});
document.querySelectorAll("[data-carousel]").forEach(turn);
keepFresh();
