// Sends orders to the control API and shows their results.
import { forgetRows, refreshPage } from "./live.js";

function tell(near, text, isBad) {
  const told = near.closest(".panel").querySelector(".told");
  told.textContent = text;
  told.classList.toggle("bad", isBad);
}

async function order(near, name, body, method = "POST") {
  const options = { method, headers: { "content-type": "application/json" } };
  if (method === "POST") options.body = JSON.stringify(body);
  try {
    const answer = await fetch(`/_sandbox/${name}`, options);
    tell(near, answer.ok ? "Done." : (await answer.json()).error, !answer.ok);
    if (answer.ok) await refreshPage();
    return answer.ok;
  } catch {
    tell(near, "The sandbox does not answer.", true);
    return false;
  }
}

// The clock's field has no zone; the sandbox's times are UTC.
function valueOf(field) {
  if (field.value === "") return null;
  if ("number" in field.dataset) return Number(field.value);
  return "moment" in field.dataset ? new Date(`${field.value}Z`).toISOString() : field.value;
}

function bodyOf(form) {
  const shown = [...form.elements].filter((field) => field.name && !field.closest("[hidden]"));
  const fields = shown.filter((field) => field.value !== "" || "always" in field.dataset);
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
}

async function press(button) {
  const { order: name, body, method, confirm: question, then } = button.dataset;
  if (question && !confirm(question)) return;
  if ((await order(button, name, JSON.parse(body ?? "{}"), method)) && then === "forget") forgetRows();
}

async function submit(form) {
  if (!(await order(form, form.dataset.form, bodyOf(form)))) return;
  for (const field of form.querySelectorAll("[data-clear]")) field.value = "";
}

async function copySettings(button) {
  const state = await (await fetch("/_sandbox/state")).json();
  const lines = {
    INSTAGRAM_API_BASE: location.origin,
    INSTAGRAM_ACCESS_TOKEN: state.token,
    INSTAGRAM_USER_ID: state.user_id,
  };
  const text = Object.entries(lines).map(([name, value]) => `export ${name}=${value}\n`);
  try {
    await navigator.clipboard.writeText(text.join(""));
    tell(button, "Copied: the address, the token and the user id, as lines for a shell.", false);
  } catch {
    tell(button, "The browser does not let the page copy.", true);
  }
}

// Shows only the fields that belong to the chosen kind of fault; hidden ones are not sent.
function followKind(select) {
  const show = () => {
    for (const field of select.form.querySelectorAll("[data-for]")) {
      field.hidden = !field.dataset.for.split(" ").includes(select.value);
    }
  };
  select.addEventListener("change", show);
  show();
}

export function followOrders() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-order]");
    if (button) press(button);
  });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(event.target);
  });
  document.querySelector("[data-copy]")?.addEventListener("click", (event) => copySettings(event.target));
  document.querySelectorAll("[data-kind]").forEach(followKind);
  document.querySelector("[data-import]").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    try {
      await order(event.target, "import", JSON.parse(await file.text()));
    } catch {
      tell(event.target, "That file holds no JSON.", true);
    }
    event.target.value = "";
  });
}
