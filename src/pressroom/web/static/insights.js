// Updates the page when its account changed, and while a pull or a report is running.
const FIRST_LOOK_MS = 400;
const LOOK_MS = 1500;
const page = document.getElementById("insights");

page.addEventListener("pressroom:read", (event) => {
  const concerns = (change) => !change || change.kind === "account" || change.step === "published";
  if (!event.detail.changes.some(concerns)) event.preventDefault();
});

// The server answers a pull only after some seconds: until then the page shows its progress.
page.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/insights/pull") setTimeout(update, FIRST_LOOK_MS);
});

function update() {
  document.dispatchEvent(new CustomEvent("pressroom:stale"));
}

function look() {
  if (page.querySelector("[data-working]") && !document.hidden) update();
  setTimeout(look, LOOK_MS);
}

setTimeout(look, LOOK_MS);
