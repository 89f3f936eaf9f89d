// The entry point: tabs, carousels, keys. No dependencies, and nothing from another host.
import { followOrders } from "./controls.js";
import { keepFresh } from "./live.js";

function open(tab, focuses) {
  for (const one of tab.parentElement.children) {
    const isOpen = one === tab;
    one.setAttribute("aria-selected", String(isOpen));
    one.tabIndex = isOpen ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !isOpen;
  }
  if (focuses) tab.focus();
  history.replaceState(null, "", `#tab=${tab.getAttribute("aria-controls")}`); // no id: no scroll
}

function followTabs(bar) {
  const tabs = [...bar.children];
  for (const tab of tabs) tab.addEventListener("click", () => open(tab, false));
  bar.addEventListener("keydown", (event) => {
    const now = tabs.indexOf(document.activeElement);
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: -1 }[event.key];
    if (now < 0 || next === undefined) return;
    event.preventDefault();
    open(tabs.at(next % tabs.length), true);
  });
  const wanted = tabs.find((tab) => `#tab=${tab.getAttribute("aria-controls")}` === location.hash);
  if (wanted) open(wanted, false);
}

function turn(carousel) {
  const slides = carousel.querySelector(".slides");
  const [left, right] = carousel.querySelectorAll(".step");
  const dots = carousel.nextElementSibling.children;
  const place = () => Math.round(slides.scrollLeft / slides.clientWidth);
  const show = () => {
    const now = place();
    carousel.querySelector(".counter b").textContent = now + 1;
    left.hidden = now === 0;
    right.hidden = now === dots.length - 1;
    [...dots].forEach((dot, index) => dot.classList.toggle("on", index === now));
  };
  const go = (step) => slides.scrollTo({ left: (place() + step) * slides.clientWidth, behavior: "smooth" });
  left.addEventListener("click", () => go(-1));
  right.addEventListener("click", () => go(1));
  slides.addEventListener("scroll", show, { passive: true });
  slides.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(step);
  });
}

function followKeys() {
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector(".switch[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    document.getElementById("filter").focus();
  });
  document.addEventListener("click", (event) => {
    const menu = document.querySelector(".switch[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}

document.querySelectorAll("[role=tablist]").forEach(followTabs);
document.querySelectorAll("[data-carousel]").forEach(turn);
followKeys();
followOrders();
keepFresh();
