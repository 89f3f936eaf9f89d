// Short notices at the edge of a page, and what a screen reader is told.
const SHOWN_MS = 6000;

export function say(text) {
  const said = document.getElementById("said");
  // The same text twice is a change only when it was something else between.
  said.textContent = "";
  setTimeout(() => (said.textContent = text), 50);
}

/** Show a notice. isProblem: it stays until it is closed. action: {label, run} for a button. */
export function notify(text, { isProblem = false, action = null, ms = SHOWN_MS } = {}) {
  const notice = document.createElement("div");
  notice.className = isProblem ? "notice bad" : "notice";
  const words = document.createElement("p");
  words.textContent = text;
  notice.append(words);
  if (action) notice.append(button(action.label, () => (notice.remove(), action.run())));
  if (isProblem || action) notice.append(button("Close", () => notice.remove()));
  if (isProblem) notice.setAttribute("role", "alert");
  else say(text);
  document.getElementById("notices").append(notice);
  if (!isProblem) setTimeout(() => notice.remove(), ms);
  return notice;
}

function button(label, run) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  element.addEventListener("click", run);
  return element;
}
