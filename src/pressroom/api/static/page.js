// Tries operations. The key lives in its field alone; whatever an answer holds is shown as text.

const MOST_SHOWN = 200_000;
const MOST_DIGESTED = 256 * 2 ** 20;
const key = document.getElementById("key");

// What a form asks for: its address, headers, and the body or the file.
function requestOf(form) {
  const { method, path } = form.dataset;
  const request = { method, place: path, headers: {}, body: undefined, file: undefined };
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-in]")) {
    for (const value of valuesOf(field)) {
      if (field.dataset.in === "path") request.place = request.place.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (field.dataset.in === "query") query.append(field.name, value);
      else if (field.dataset.in === "header") request.headers[field.name] = value;
      else if (field.dataset.in === "body") request.body = value;
    }
    if (field.dataset.in === "file") request.file = field.files[0];
  }
  if (query.size) request.place += `?${query}`;
  if (request.body) request.headers["Content-Type"] = "application/json";
  if (request.file) request.headers["Content-Type"] = "application/octet-stream";
  return request;
}

function valuesOf(field) {
  if (field.dataset.in === "file") return [];
  if (field.multiple) return [...field.selectedOptions].map((option) => option.value);
  const texts = "list" in field.dataset ? field.value.split(",") : [field.value];
  return texts.map((text) => text.trim()).filter(Boolean);
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf(form) {
  const { method, place, headers, body, file } = requestOf(form);
  const words = [`curl ${quoted(location.origin + place)}`];
  if (file) words.push(`-T ${quoted(file.name)}`);
  else if (method !== (body ? "POST" : "GET")) words.push(`-X ${method}`);
  if ("needsKey" in form.dataset) words.push('-H "Authorization: Bearer $PRESSROOM_KEY"');
  for (const [name, value] of Object.entries(headers)) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) words.push(`-d ${quoted(body)}`);
  return words.join(" \\\n  ");
}

async function send(form) {
  const { method, place, headers, body, file } = requestOf(form);
  if ("needsKey" in form.dataset && key.value.trim()) headers.Authorization = `Bearer ${key.value.trim()}`;
  const ending = new AbortController();
  const [go, stop] = form.querySelectorAll(".acts button");
  const status = form.querySelector(".status");
  stop.onclick = () => ending.abort();
  go.disabled = !(stop.hidden = false);
  form.querySelector(".heads").hidden = form.querySelector(".answer").hidden = true;
  status.textContent = "Asked; waiting for the answer.";
  const begun = performance.now();
  try {
    const answer = await fetch(place, {
      method, headers, body: file ?? body, signal: ending.signal,
      credentials: "omit", cache: "no-store", redirect: "error",
    });
    status.textContent = `${answer.status} ${answer.statusText}, after ${Math.round(performance.now() - begun)} ms`;
    status.classList.toggle("bad", !answer.ok);
    show(form, ".heads", [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n"));
    await showContent(form, answer);
  } catch (error) {
    status.textContent = error.name === "AbortError" ? "Stopped here; it may have been done all the same." : `No answer: ${error.message}`;
    status.classList.add("bad");
  } finally {
    go.disabled = !(stop.hidden = true);
  }
}

function show(form, part, text) {
  const element = form.querySelector(part);
  element.textContent = text;
  element.hidden = !text;
}

async function showContent(form, answer) {
  const place = form.querySelector(".answer");
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) {
    const text = shownIn(place, "pre");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text.textContent = (text.textContent + part.value).slice(-MOST_SHOWN);
    }
  } else if (type.includes("json")) {
    const text = JSON.stringify(await answer.json(), null, 2);
    const cut = text.length > MOST_SHOWN ? `\n… and ${text.length - MOST_SHOWN} characters more` : "";
    shownIn(place, "pre").textContent = text.slice(0, MOST_SHOWN) + cut;
  } else {
    const content = await answer.blob();
    if (!content.size) return;
    const isPicture = type.startsWith("image/");
    const shown = shownIn(place, isPicture ? "img" : "a");
    const address = URL.createObjectURL(content);
    if (isPicture) Object.assign(shown, { src: address, alt: "The picture that was answered" });
    // Never opened here: it may be a page, and would have this address.
    else Object.assign(shown, { href: address, download: "answer", textContent: `Save ${content.size} bytes of ${type}` });
  }
}

function shownIn(place, tag) {
  const element = document.createElement(tag);
  if (tag === "pre") Object.assign(element, { tabIndex: 0, role: "group", ariaLabel: "The answer" });
  place.replaceChildren(element);
  place.hidden = false;
  return element;
}

// Fills in what an upload needs and a person cannot know, where it is empty.
async function describeFile(form, file) {
  const fields = form.elements;
  const fill = (name, value) => { if (fields[name] && !fields[name].value) fields[name].value = value; };
  fill("name", file.name);
  // Browsers offer these on https and on this machine alone.
  if (crypto.randomUUID) fill("upload_id", crypto.randomUUID());
  if (fields.sha256 && crypto.subtle && file.size <= MOST_DIGESTED) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    fields.sha256.value = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

for (const form of document.querySelectorAll("form.try")) {
  const tell = () => show(form, ".curl", curlOf(form));
  form.addEventListener("input", tell);
  form.addEventListener("change", async ({ target }) => {
    if (target.files?.length) await describeFile(form, target.files[0]);
    tell();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  tell();
}
key.form.addEventListener("submit", (event) => event.preventDefault());

// A link to an operation, or to a type, opens it.
function reveal() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
addEventListener("hashchange", reveal);
reveal();
