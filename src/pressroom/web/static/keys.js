// Keys that do something anywhere on a page. Each has words, which the list of keys (`?`) shows.
const keys = new Map();

/** Have a key do something; `run` gets the event. */
export function onKey(key, words, run) {
  keys.set(key, { words, run });
}

/** Every key with its words, in the order in which they were set. */
export function listKeys() {
  return [...keys].map(([key, { words }]) => ({ key, words }));
}

document.addEventListener("keydown", (event) => {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  const isElsewhere = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
  if (event.defaultPrevented || !isPlain || isElsewhere) return;
  keys.get(event.key)?.run(event);
});
