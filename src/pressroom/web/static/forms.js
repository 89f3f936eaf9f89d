// Sends forms that change something in the background, and shows what came of it, with a button to undo it.
import { onKey } from "./keys.js";
import { notify } from "./notices.js";
import { post } from "./session.js";

const OWN_MS = 5000;
const own = new Map(); // when a post was last changed from here, by its id
let undoable = null;

/** Whether a post was changed from here a moment ago: what came of that was said then. */
export const isOwn = (id) => Date.now() - (own.get(id) ?? 0) < OWN_MS;

/** Send fields to a path. Returns {words, undo}, or null where it was refused, which is shown. */
export async function send(path, fields) {
  let answer;
  own.set(new URL(path, location).pathname.split("/")[2], Date.now());
  try {
    const response = await post(path, { body: new URLSearchParams(fields) });
    answer = await response.json().catch(() => ({ title: "The server's answer cannot be read", text: "" }));
    if (response.ok) return settle(answer);
  } catch {
    answer = { title: "The server cannot be reached", text: "Nothing is known to have changed." };
  }
  notify(`${answer.title} ${answer.text}`.trim(), { isProblem: true });
  document.dispatchEvent(new CustomEvent("pressroom:stale"));
  return null;
}

function settle(answer) {
  const { words, undo } = answer;
  if (!undo) {
    notify(words);
  } else {
    const ms = undo.seconds * 1000;
    // Another change may have come since, which has an undo of its own.
    const end = () => undoable === mine && (undoable = null);
    const run = () => (end(), send(undo.path, undo.fields));
    const notice = notify(words, { action: { label: "Undo (u)", run }, ms });
    const mine = () => (notice.remove(), run());
    undoable = mine;
    setTimeout(end, ms);
  }
  document.dispatchEvent(new CustomEvent("pressroom:stale"));
  return answer;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-send]")) return;
  event.preventDefault();
  const fields = new FormData(form, event.submitter);
  form.closest("dialog")?.close();
  send(form.action, fields);
});

onKey("u", "Undo the last move", () => undoable?.());
