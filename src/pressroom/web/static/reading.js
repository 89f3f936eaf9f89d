// Reads pages of this site, of which a part takes the place of what is shown.

/** Answers a page, also the one that says that something is gone; null where it cannot be read now. */
export async function readPage(url) {
  const response = await fetch(url, { headers: { accept: "text/html" } }).catch(() => null);
  if (response?.status === 401) document.dispatchEvent(new CustomEvent("pressroom:out"));
  const laterS = Number(response?.headers.get("retry-after"));
  if (laterS) document.dispatchEvent(new CustomEvent("pressroom:later", { detail: { ms: 1000 * laterS } }));
  const isPage = response?.ok || response?.status === 404;
  return isPage ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
}
