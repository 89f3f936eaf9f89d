// Sends files of the composer, one after another in the order in which they were chosen.
import { say } from "./notices.js";
import { csrf, isStale, renewToken } from "./session.js";
import { sha256Of } from "./sha256.js";

const sendings = [];
let isBusy = false;

/** Names of the files that are not through yet, or broke off; not of those that were refused. */
export const onTheirWay = () => sendings.filter(({ isFinal }) => !isFinal).map(({ file }) => file.name);
export const isSending = () => sendings.some(({ state }) => state === "waits" || state === "sends");

/**
 * Add files to the queue of uploads. onSent(upload, row) is called for each file that is uploaded, and may replace its
 * row in the list; onEnd() is called after each attempt, and when a file is cancelled.
 */
export function sendAll(files, list, { onSent, onEnd }) {
  for (const file of files) {
    const row = document.getElementById("on-its-way").content.firstElementChild.cloneNode(true);
    row.querySelector("bdi").textContent = file.name;
    row.querySelector("progress").setAttribute("aria-label", `How much of ${file.name} is sent`);
    // Each upload keeps its own handlers, because the queue may already hold files of an earlier choice.
    const sending = { file, row, onSent, onEnd, id: crypto.randomUUID(), state: "waits", stop: null };
    row.querySelector("[data-do=cancel]").addEventListener("click", () => (cancel(sending), onEnd()));
    row.querySelector("[data-do=retry]").addEventListener("click", () => {
      show(sending, "waits", "Waits");
      sendNext();
    });
    sendings.push(sending);
    list.append(row);
  }
  sendNext();
}

function cancel(sending) {
  sending.stop?.abort();
  drop(sending);
  sending.row.remove();
  say(`${sending.file.name} is not sent.`);
}

const drop = (sending) => sendings.splice(sendings.indexOf(sending), 1);

async function sendNext() {
  if (isBusy) return;
  isBusy = true;
  let next;
  while ((next = sendings.find(({ state }) => state === "waits"))) {
    try {
      const upload = await send(next);
      await next.onSent(upload, next.row);
      drop(next);
    } catch (problem) {
      next.isSignedOut = Boolean(problem.isSignedOut);
      if (sendings.includes(next)) show(next, "stopped", problem.words ?? "It broke off.", problem.isFinal);
    }
    next.onEnd();
  }
  isBusy = false;
}

// An upload that was refused because nobody was signed in is sent again after the sign-in.
document.addEventListener("pressroom:in", () => {
  for (const sending of sendings.filter(({ isSignedOut }) => isSignedOut)) {
    sending.isSignedOut = false;
    show(sending, "waits", "Waits");
  }
  sendNext();
});

function show(sending, state, words, isFinal = false) {
  const { row } = sending;
  Object.assign(sending, { state, isFinal });
  row.querySelector(".going").textContent = words;
  row.querySelector("progress").hidden = state === "stopped";
  row.querySelector("[data-do=retry]").hidden = state !== "stopped" || isFinal;
  row.querySelector("[data-do=cancel]").textContent = state === "stopped" ? "Remove" : "Cancel";
  row.classList.toggle("is-stopped", state === "stopped");
  if (state === "stopped") say(`${sending.file.name}: ${words}`);
}

async function send(sending) {
  const { file, row, id } = sending;
  const progress = row.querySelector("progress");
  sending.stop = new AbortController();
  show(sending, "sends", "Is read");
  const { signal } = sending.stop;
  // A tenth of the bar is for reading it here, which is quick.
  const sha256 = await sha256Of(file, { signal, onShare: (share) => (progress.value = 10 * share) }).catch((error) => {
    if (signal.aborted) throw error;
    throw { words: "It cannot be read any more. Choose it again.", isFinal: true };
  });
  show(sending, "sends", "Is sent");
  const showShare = (share) => {
    progress.value = 10 + 90 * share;
    row.querySelector(".going").textContent = share < 1 ? `${Math.floor(100 * share)} % is sent` : "Is looked at";
  };
  const upload = () => post(`/uploads/${id}?${new URLSearchParams({ sha256, name: file.name })}`, file, signal, showShare);
  return upload().catch(async (problem) => {
    if (problem.isStale && (await renewToken())) return upload();
    throw problem;
  });
}

// Not fetch, which does not tell how much of a body is sent.
function post(address, file, signal, onShare) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("x-pressroom-csrf", csrf());
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => total && onShare(loaded / total));
    request.addEventListener("load", () => {
      if (request.status === 201) return resolve(JSON.parse(request.responseText));
      // Signed out, or a page in place of an answer.
      const isOurs = request.getResponseHeader("content-type")?.startsWith("application/json");
      const { title, text } = isOurs ? JSON.parse(request.responseText) : { title: "It was not taken.", text: "Open the page anew." };
      if (request.status === 401) document.dispatchEvent(new CustomEvent("pressroom:out"));
      reject({
        words: `${title} ${text}`.trim(),
        isFinal: request.status === 422,
        isSignedOut: request.status === 401,
        isStale: isStale((name) => request.getResponseHeader(name)),
      });
    });
    request.addEventListener("error", () => reject({ words: "The connection broke off, and nothing of it was kept." }));
    request.addEventListener("abort", () => reject({ words: "It was cancelled." }));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
