// What the head of every page does: keys that lead on, and the list of all keys.
import { listKeys, onKey } from "./keys.js";

const leadTo = (path) => () => location.assign(path);

onKey("c", "To the calendar", leadTo("/calendar"));
onKey("q", "To the queue", leadTo("/queue"));
onKey("n", "Write a new post", leadTo("/posts/new"));

onKey("/", "Search all posts", (event) => {
  event.preventDefault();
  const field = document.getElementById("look") ?? document.getElementById("find");
  // On a narrow screen the field is on a page of its own.
  if (!field.checkVisibility()) return leadTo("/search")();
  field.focus();
  field.select();
});

const dialog = document.getElementById("keys");
const button = document.getElementById("keys-button");
const ARROWS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** Show every key of this page with its words. */
function showKeys() {
  const rows = listKeys().map(({ key, words }) => {
    const row = document.createElement("div");
    const name = document.createElement("dt");
    const mark = document.createElement("kbd");
    const text = document.createElement("dd");
    mark.textContent = ARROWS[key] ?? key;
    text.textContent = words;
    name.append(mark);
    row.append(name, text);
    return row;
  });
  document.getElementById("keys-list").replaceChildren(...rows);
  dialog.showModal();
}

onKey("?", "Show this list", showKeys);
button.hidden = false;
button.addEventListener("click", showKeys);
