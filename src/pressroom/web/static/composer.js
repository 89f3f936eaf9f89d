// Writes a post: gathers what the page has, keeps a draft as it is written, and says what the server says of it.
import { notify, say } from "./notices.js";
import { readPage } from "./reading.js";
import { isSending, onTheirWay, sendAll } from "./sending.js";
import { post as send } from "./session.js";
import { discardCopy, findCopies, isMine, keepCopy } from "./unsaved.js";

const QUIET_MS = 700; // typing is mostly done by then
const REST_S = 5;
const part = (id) => document.getElementById(id);
const form = part("composer");
const list = part("files");
const isDraft = form.dataset.drafts === "yes";
let post = form.dataset.post || null;
let version = Number(form.dataset.version);
let isChanged = false;
// Of a day or slot that was clicked elsewhere, too.
let hasNewTime = !post && form.dataset.hasTime === "yes";
let saving = null;
let isAsking = false; // a save was sent and is not answered yet
let unanswered = null; // {sent, rows, at} of a save while no answer came: sent again as it was, it is kept once
let plannedAt = null; // when the draft was to be planned, while no answer came
let timer = null;
let restsUntil = 0; // by the clock: a server that has too much to do said so
let replaced = null; // the row whose file is chosen anew

const pieces = () => [...list.querySelectorAll(".piece:not(.sending)")];
const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value;
const choose = (name, value) => (form.querySelector(`[name="${name}"][value="${value}"]`).checked = true);
// Without the marks of what is code.
const plain = (text) => text.replaceAll("`", "").trim();
const secondsSince = (at) => (Date.now() - at) / 1000;
const nameOf = (row) => row.querySelector("bdi").textContent;

// What is sent

function timeOf() {
  const kind = chosen("when");
  if (!kind) return null;
  return { kind, text: kind === "day" ? part("day").value : kind === "time" ? part("at").value : "" };
}

const mends = () => ({
  fit: part("fit").value || null,
  end_s: part("end-s").valueAsNumber || null,
  repeat: part("repeat").checked,
  salvage: part("salvage").checked,
});

const further = () => [...form.querySelectorAll("[data-option]")];

function gather({ withTime = hasNewTime } = {}) {
  return {
    version,
    account: part("account")?.value ?? form.dataset.account,
    kind: chosen("kind"),
    files: pieces().map((row) => ({
      key: row.dataset.key,
      upload: row.dataset.upload,
      alt_text: row.querySelector("[data-alt]")?.value ?? "",
    })),
    caption: part("caption").value,
    first_comment: part("first-comment").value,
    time: withTime ? timeOf() : null,
    mends: mends(),
    options: Object.fromEntries(further().map((field) => [field.dataset.option, field.value])),
  };
}

async function ask(path, sent) {
  try {
    const response = await send(path, { headers: { "content-type": "application/json" }, body: JSON.stringify(sent) });
    const answer = await response.json();
    if (response.ok) return answer;
    const isTooMuch = response.status === 429;
    if (isTooMuch) restsUntil = Date.now() + 1000 * (Number(response.headers.get("retry-after")) || REST_S);
    return { isLost: response.status >= 500 || isTooMuch, isTooMuch, changed: answer.changed, problem: answer };
  } catch {
    return { isLost: true, problem: { title: "The server cannot be reached.", text: "What you write stays on this page." } };
  }
}

// What is kept

function change({ isTime = false, isSoon = false } = {}) {
  isChanged = true;
  hasNewTime ||= isTime;
  remember();
  part("kept").textContent = isDraft && pieces().length ? "Not saved yet" : isDraft ? "Nothing is saved before the first file." : "Not saved";
  later(isSoon ? 0 : QUIET_MS);
}

/** Save a draft, or judge what is written, after some time, and not before the server has room for it. */
function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => (isDraft && pieces().length ? save() : judge()), Math.max(ms, restsUntil - Date.now()));
}

/** Save until nothing is left to save; false where it was refused. */
function save() {
  clearTimeout(timer);
  saving ??= saveAll().finally(() => (saving = null));
  return saving;
}

async function saveAll() {
  while (isChanged) {
    isChanged = false;
    if (!(await saveOnce())) {
      isChanged = true;
      if (remember()) part("kept").textContent = "Not saved. Your text is kept in this browser.";
      return false;
    }
  }
  return post !== null;
}

async function saveOnce() {
  if (!unanswered && !pieces().length) return fail({ title: "A post needs a picture or a clip.", text: "" });
  const isAgain = unanswered !== null;
  unanswered ??= { sent: { ...gather(), key: post ? null : crypto.randomUUID() }, rows: pieces(), at: Date.now() };
  const { sent, rows, at } = unanswered;
  if (!isAgain) hasNewTime = false;
  const before = list.dataset.shown;
  isAsking = true;
  const answer = await ask(post ? `/posts/${post}/edit` : "/posts/new", { ...sent, waited_s: isAgain ? secondsSince(at) : 0 });
  isAsking = false;
  if (!answer.isLost) unanswered = null;
  if (!answer.id) {
    // Where it is lost it is sent again, and the words of its time are not to count from then.
    hasNewTime ||= !answer.isLost && sent.time !== null;
    if (isDraft && answer.isTooMuch) {
      later(0);
      return fail({ title: answer.problem.title, text: "It is saved by itself in a moment." });
    }
    return answer.changed ? tellMeanwhile(answer.changed, answer.problem.title) : fail(answer.problem);
  }
  version = answer.version;
  rows.forEach((row, place) => Object.assign(row.dataset, { key: answer.files[place], upload: "" }));
  // What was written since the answer was lost is not kept yet.
  isChanged ||= isAgain;
  if (!post) begin(answer.id);
  remember();
  showJudged(answer, sent.time !== null);
  const clock = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  part("kept").textContent = isChanged ? "Not saved yet" : `Saved ${clock}`;
  if (answer.words) notify(answer.words);
  list.dataset.shown = JSON.stringify([sent.account, sent.kind, answer.files, sent.mends, sent.options]);
  if (before !== list.dataset.shown) readPost();
  document.dispatchEvent(new CustomEvent("pressroom:stale"));
  return true;
}

/** The draft has an address of its own from here on. */
function begin(id) {
  forget();
  post = id;
  form.dataset.says = post;
  history.replaceState(null, "", `/posts/${post}/edit`);
  part("outcome").dataset.live = location.pathname;
  part("title").textContent = "Draft";
  document.title = "Draft · Pressroom";
  say("It is saved as a draft.");
}

function fail(problem) {
  tell("Not saved.", problem);
  part("kept").textContent = "Not saved";
  return false;
}

/** Say what was not done, and why. field: the one of the time that is to be mended. */
function tell(what, { title, text, field }) {
  part("trouble").textContent = plain(`${what} ${title} ${text}`);
  part("trouble").hidden = false;
  if (!field) return;
  choose("when", "time");
  setUp();
  part(field).focus();
  // Beside the buttons, which cover the foot of a phone's page.
  part(field).scrollIntoView({ block: "center" });
}

async function judge() {
  if (!isDraft || !pieces().length) showJudged(await ask("/posts/new/judge", gather({ withTime: true })), true);
}

function showJudged({ counts, time, problem }, isOfTime) {
  for (const { rule, count, most } of counts ?? []) {
    const row = document.querySelector(`[data-rule="${rule}"]`);
    row.querySelector(".number").textContent = count;
    row.classList.toggle("is-over", count > most);
  }
  if (isOfTime && part("meaning")) part("meaning").textContent = time ?? "";
  part("trouble").hidden = !problem;
  part("trouble").textContent = problem ? plain(`${problem.title} ${problem.text}`) : "";
}

/** What the desk says of each file depends on what the post is shown as; slots and zone are the account's. */
async function readPost() {
  const page = await readPage(`/posts/${post}/edit`);
  const read = page?.getElementById("composer");
  if (!read) return;
  // A later save was answered before this page arrived, so the page shows an older version of the draft.
  if (Number(read.dataset.version) < version) return readPost();
  for (const fresh of page.querySelectorAll(".piece")) {
    const row = pieces().find(({ dataset }) => dataset.key === fresh.dataset.key);
    row?.querySelector(".verdict").replaceWith(fresh.querySelector(".verdict"));
  }
  showMending();
  part("slots")?.replaceChildren(...page.getElementById("slots").children);
  if (!hasNewTime && part("meaning")) part("meaning").textContent = page.getElementById("meaning").textContent;
}

// Somebody else

function tellMeanwhile(theirs, words = "") {
  part("meanwhile").dataset.version = theirs;
  part("meanwhile-words").textContent = words;
  part("meanwhile").hidden = false;
  part("kept").textContent = "Not saved";
  return false;
}

part("take-theirs").addEventListener("click", () => {
  forget();
  isChanged = false;
  location.reload();
});
part("keep-mine").addEventListener("click", () => {
  version = Number(part("meanwhile").dataset.version);
  part("meanwhile").hidden = true;
  change({ isTime: true, isSoon: true });
});
document.addEventListener("pressroom:fresh", () => {
  const theirs = Number(part("outcome").dataset.version);
  if (!post || saving || theirs <= version) return;
  if (unanswered) save();
  else tellMeanwhile(theirs);
});
part("outcome").addEventListener("pressroom:read", (event) => {
  if (!post) event.preventDefault();
});

// What is not saved, kept in the browser

/** Keep what is not saved, or drop the copy if everything is. Returns whether a copy is kept. */
function remember() {
  const withTime = hasNewTime || Boolean(unanswered?.sent.time);
  const words = isChanged || isAsking ? gather({ withTime }) : null;
  const unsent = pieces().filter(({ dataset }) => dataset.upload);
  const names = [...onTheirWay(), ...unsent.map(nameOf)];
  const isUnsaved = Boolean(words || names.length);
  form.toggleAttribute("data-unsaved", isUnsaved);
  if (isUnsaved) return keepCopy(post, { words, names });
  forget();
  return false;
}

const forget = () => discardCopy(post);

/** Restore what this tab had before it was loaded again; offer what a tab had that is closed by now. */
async function restore() {
  const copies = (await findCopies(post)).filter(({ key, words }) => isMine(key) || (words && !isSaved(words)));
  const mine = copies.find(({ key }) => isMine(key));
  if (mine) return apply(mine);
  const [copy] = copies;
  if (!copy) return;
  const text = copy.words.caption || copy.words.first_comment;
  part("unsaved-at").textContent = new Date(copy.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  part("unsaved-text").textContent = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  part("unsaved").hidden = false;
  const settle = (isWanted) => () => {
    part("unsaved").hidden = true;
    if (isWanted) apply(copy);
    discardCopy(post, copy.key);
  };
  part("restore").addEventListener("click", settle(true));
  part("discard").addEventListener("click", settle(false));
}

const altsOf = ({ files }) => files.filter(({ key }) => key).map(({ key, alt_text }) => [key, alt_text]).sort();

/** Whether the page, as it was loaded, has the same values. */
function isSaved(words) {
  const loaded = gather();
  const isSame = (name) => JSON.stringify(words[name]) === JSON.stringify(loaded[name]);
  const hasSameAlts = JSON.stringify(altsOf(words)) === JSON.stringify(altsOf(loaded));
  return ["caption", "first_comment", "mends", "options"].every(isSame) && hasSameAlts && post && !words.time;
}

function apply({ words, names }) {
  for (const name of names) {
    const row = part("broken-off").content.firstElementChild.cloneNode(true);
    row.querySelector("bdi").textContent = name;
    row.querySelector("button").addEventListener("click", () => (row.remove(), forget()));
    part("broken").append(row);
  }
  if (!words) return;
  if (isSaved(words)) return forget();
  part("caption").value = words.caption;
  part("first-comment").value = words.first_comment;
  part("fit").value = words.mends.fit ?? "";
  part("end-s").value = words.mends.end_s ?? "";
  part("repeat").checked = words.mends.repeat;
  part("salvage").checked = words.mends.salvage;
  for (const field of further()) field.value = words.options[field.dataset.option] ?? "";
  for (const [key, text] of altsOf(words)) {
    const field = pieces().find(({ dataset }) => dataset.key === key)?.querySelector("[data-alt]");
    if (field) field.value = text;
  }
  if (words.time && part("at")) {
    hasNewTime = true;
    choose("when", words.time.kind);
    part(words.time.kind === "day" ? "day" : "at").value = words.time.text;
    setUp();
  }
  if (post && words.version !== version) return tellMeanwhile(version);
  change();
}

// Files

/** Send files. instead: the row that the first of them takes the place of, once it is whole. */
function add(files, instead = null) {
  const room = Number(form.dataset.mostFiles) - list.children.length + (instead ? 1 : 0);
  if (files.length > room) notify(`A post has ${form.dataset.mostFiles} files at most.`, { isProblem: true });
  const onSent = (upload, row) => place(upload, row, instead).then(() => (instead = null));
  sendAll([...files].slice(0, Math.max(0, room)), list, { onSent, onEnd: remember });
  remember();
}

async function place({ id, media_type: type }, row, instead) {
  const stay = pieces().filter((piece) => piece !== instead);
  const kind = kindFor([...stay.map(({ dataset }) => dataset.type), type]);
  const page = await readPage(`/posts/new/file?${new URLSearchParams({ upload: id, kind })}`);
  const piece = page?.querySelector(".piece");
  if (!piece) throw { words: "It was sent, and cannot be looked at." };
  if (instead?.isConnected) instead.replaceWith(row);
  row.replaceWith(document.adoptNode(piece));
  setUp();
  showMending();
  change({ isSoon: true });
}

/** What the desk minds is mended by these fields, or shows what they do. */
function showMending() {
  if (list.querySelector(".verdict.is-bad, .verdict.is-mind")) part("mending").open = true;
}

function kindFor(types) {
  if (types.length > 1) return "carousel";
  return chosen("kind") === "story" ? "story" : types[0] === "video" ? "reel" : "photo";
}

/** Have the page say what fits its files. */
function setUp() {
  const types = pieces().map(({ dataset }) => dataset.type);
  if (types.length) choose("kind", kindFor(types));
  const kind = chosen("kind");
  const fits = { photo: types[0] !== "video", reel: types[0] !== "image", story: true };
  for (const radio of form.querySelectorAll('[name="kind"]')) {
    radio.disabled = types.length > 1 ? radio.value !== "carousel" : !fits[radio.value];
  }
  form.querySelector("[data-feed]").hidden = kind === "story";
  form.querySelector("[data-story]").hidden = kind !== "story";
  for (const label of form.querySelectorAll(".alt")) label.hidden = kind === "story" || kind === "reel";
  for (const field of form.querySelectorAll("[data-clip]")) {
    field.hidden = !types.includes("video") || (field.dataset.clip === "alone" && types.length > 1);
  }
  for (const field of form.querySelectorAll("[data-kinds]")) field.hidden = !field.dataset.kinds.split(" ").includes(kind);
  for (const text of form.querySelectorAll("[data-alt]")) tally(text);
  for (const field of form.querySelectorAll("[data-when]")) field.hidden = field.dataset.when !== chosen("when");
  const rows = pieces();
  list.classList.toggle("has-one", rows.length < 2);
  rows.forEach((row, at) => {
    row.querySelector("[data-do=up]").disabled = at === 0;
    row.querySelector("[data-do=down]").disabled = at === rows.length - 1;
  });
}

function tally(text) {
  const shown = text.closest("label").querySelector(".tally");
  const most = Number(shown.dataset.most);
  shown.textContent = text.value ? `${text.value.length} of ${most}` : "";
  shown.classList.toggle("is-over", text.value.length > most);
}

list.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do]");
  const row = button?.closest(".piece:not(.sending)");
  if (!row) return;
  if (button.dataset.do === "replace") {
    replaced = row;
    return part("pick").click();
  }
  const before = row.previousElementSibling;
  const after = row.nextElementSibling;
  if (button.dataset.do === "up") before.before(row);
  if (button.dataset.do === "down") after.after(row);
  if (button.dataset.do === "remove") {
    row.remove();
    (after ?? before)?.querySelector("button:not(:disabled)")?.focus() ?? part("pick").focus();
    say(`${nameOf(row)} is removed.`);
  } else {
    say(`${nameOf(row)} is ${pieces().indexOf(row) + 1} of ${pieces().length}.`);
  }
  setUp();
  if (row.isConnected) (button.disabled ? row.querySelector("button:not(:disabled)") : button).focus();
  change({ isSoon: true });
});

// No picture can be made of what is broken.
list.addEventListener("error", ({ target }) => target.remove(), true);
part("pick").addEventListener("change", ({ target }) => {
  add(target.files, replaced);
  replaced = null;
  target.value = "";
});
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
// Nothing was chosen in place of it.
part("pick").addEventListener("cancel", () => (replaced = null));
addEventListener("dragover", (event) => hasFiles(event) && (event.preventDefault(), part("drop").classList.add("is-over")));
addEventListener("dragleave", (event) => event.relatedTarget || part("drop").classList.remove("is-over"));
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  part("drop").classList.remove("is-over");
  add(event.dataTransfer.files);
});
addEventListener("paste", (event) => event.clipboardData.files.length && (event.preventDefault(), add(event.clipboardData.files)));

// Fields and buttons

form.addEventListener("input", ({ target }) => {
  if (target.id === "pick") return;
  if (target.id === "at-field") part("at").value = target.value.replace("T", " ");
  if (target.id === "at") part("at-field").value = "";
  setUp();
  change({ isTime: ["at", "at-field", "day"].includes(target.id) || target.name === "when" });
});
part("account")?.addEventListener("change", ({ target }) => {
  if (list.children.length) return;
  // Its zone and its free slots are others.
  change();
  location.assign(`/posts/new?${new URLSearchParams({ account: target.value })}`);
});
part("slots")?.addEventListener("click", ({ target: { dataset } }) => {
  if (!dataset.slot) return;
  part("at").value = dataset.slot;
  part("at-field").value = dataset.slot.replace(" ", "T");
  change({ isTime: true, isSoon: true });
});

const stillSending = () => isSending() && fail({ title: "A file is still on its way.", text: "Wait for it, or cancel it." });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isSending()) return stillSending();
  if (!isDraft) return void ((isChanged = true), (await save()) && notify("Saved."));
  isChanged ||= !post;
  if (!(await save())) return;
  const sent = { ...gather({ withTime: true }), waited_s: plannedAt ? secondsSince(plannedAt) : 0 };
  plannedAt ??= Date.now();
  const answer = await ask(`/posts/${post}/plan`, sent);
  if (!answer.isLost) plannedAt = null;
  if (answer.changed) return tellMeanwhile(answer.changed, answer.problem.title);
  if (answer.problem) return tell("Not planned.", answer.problem);
  forget();
  location.assign(answer.back);
});
part("leave")?.addEventListener("click", async () => {
  if (isSending()) return stillSending();
  isChanged ||= !post;
  if (await save()) location.assign(`/posts/${post}`);
});
let isOthers = false; // another user signed in: the page goes, and its text is kept for its own user
document.addEventListener("pressroom:other-user", () => {
  remember();
  isOthers = true;
});
document.addEventListener("pressroom:out", remember);
document.addEventListener("pressroom:in", () => {
  if (!isChanged || saving) return;
  part("trouble").hidden = true;
  if (isDraft) later(0);
  else part("kept").textContent = "You are signed in again. Press “Save changes”.";
});
addEventListener("beforeunload", (event) => !isOthers && (isSending() || (!isDraft && isChanged)) && event.preventDefault());

if (globalThis.Sortable) {
  globalThis.Sortable.create(list, { handle: ".shot", filter: ".sending", animation: 0, delay: 150, delayOnTouchOnly: true, onEnd: () => (setUp(), change({ isSoon: true })) });
}
list.dataset.shown = JSON.stringify([form.dataset.account, chosen("kind"), pieces().map(({ dataset }) => dataset.key), mends(), gather().options]);
setUp();
showMending();
restore();
