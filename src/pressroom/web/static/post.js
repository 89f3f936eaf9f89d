// The page of a post: it is read anew for what is about the post, and what was opened on it stays open.
const opened = new Set();
const all = () => [...document.querySelectorAll("#post details")];
const nameOf = (details) => `${all().indexOf(details)} ${details.querySelector("summary").textContent}`;

document.addEventListener("click", (event) => {
  const details = event.target.closest("#post summary")?.parentElement;
  if (!details) return;
  if (details.open) opened.delete(nameOf(details));
  else opened.add(nameOf(details));
});

document.addEventListener("pressroom:fresh", () => {
  for (const details of all()) if (opened.has(nameOf(details))) details.open = true;
});

document.addEventListener(
  "pressroom:read",
  (event) => {
    const { post } = event.target.dataset;
    const isAbout = (change) => change === null || change.kind !== "post" || change.id === post;
    if (post && !event.detail.changes.some(isAbout)) event.preventDefault();
  },
  true, // it does not bubble
);
