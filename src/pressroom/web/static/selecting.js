// Selects several posts of a calendar, for a page that shows what moving or cancelling does to each.
import { onKey } from "./keys.js";
import { titleOf } from "./moving.js";
import { say } from "./notices.js";

const form = document.getElementById("several");
const opener = document.getElementById("choose");
const selected = new Set();
let isSelecting = false;

function toggle(isOn) {
  isSelecting = isOn;
  selected.clear();
  form.reset();
  form.hidden = !isOn;
  document.body.classList.toggle("selecting", isOn);
  opener.setAttribute("aria-pressed", String(isOn));
  document.querySelectorAll(".pick").forEach((pick) => pick.remove());
  equip();
  count();
}

/** Give each chip a box; those that were selected stay so when the page is read anew. */
function equip() {
  if (!isSelecting) return;
  for (const chip of document.querySelectorAll(".chip[data-post]:not(.landing)")) {
    const box = chip.querySelector(".pick input") ?? addBox(chip);
    box.value = chip.dataset.version;
    box.checked = selected.has(chip.dataset.post);
  }
}

function addBox(chip) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.name = `p-${chip.dataset.post}`;
  box.setAttribute("form", form.id);
  box.setAttribute("aria-label", `Select: ${titleOf(chip)}`);
  const pick = document.createElement("label");
  pick.className = "pick";
  pick.append(box);
  chip.prepend(pick);
  return box;
}

function count() {
  const words = selected.size === 1 ? "1 post is selected" : `${selected.size || "No"} posts are selected`;
  document.getElementById("several-count").textContent = words;
  for (const button of form.querySelectorAll("[name=change]")) button.disabled = selected.size === 0;
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.(".pick input")) return;
  const id = target.name.slice("p-".length);
  if (target.checked) selected.add(id);
  else selected.delete(id);
  count();
});
// While some are selected, the whole chip is the box.
document.addEventListener("click", (event) => {
  const link = isSelecting && event.target.closest?.(".chip > a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.closest(".chip").querySelector(".pick input").click();
});
document.addEventListener("pressroom:fresh", equip);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !isSelecting || document.querySelector("dialog[open]")) return;
  toggle(false);
  say("Nothing is selected any more.");
});
opener.setAttribute("role", "button");
opener.addEventListener("click", (event) => (event.preventDefault(), toggle(!isSelecting)));
opener.addEventListener("keydown", (event) => event.key === " " && (event.preventDefault(), toggle(!isSelecting)));
document.getElementById("several-end").addEventListener("click", () => (toggle(false), opener.focus()));
onKey("x", "Select several posts, to move or cancel them", () => {
  const chip = document.activeElement?.closest?.(".chip");
  if (!isSelecting) toggle(true);
  else if (!chip) return toggle(false);
  chip?.querySelector(".pick input")?.click();
});
opener.setAttribute("aria-pressed", "false");
