// Reads the numbers anew when those of their account changed, and looks for reports that are being made.
const LOOK_MS = 1500;
const page = document.getElementById("insights");

page.addEventListener("pressroom:read", (event) => {
  const concerns = (change) => !change || change.kind === "account" || change.step === "published";
  if (!event.detail.changes.some(concerns)) event.preventDefault();
});

function look() {
  if (page.querySelector("[data-working]") && !document.hidden) {
    document.dispatchEvent(new CustomEvent("pressroom:stale"));
  }
  setTimeout(look, LOOK_MS);
}

setTimeout(look, LOOK_MS);
