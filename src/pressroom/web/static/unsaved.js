// Copies of what is not saved yet, in this browser's storage: one for each user, post and tab.
//
// A copy outlives a reload, a closed tab and the end of a session. The user is part of its key, so nobody else is
// shown it; signing out deletes all copies. A tab holds a lock while it is open: the copies of open tabs are not
// offered elsewhere.
import { user } from "./session.js";

const DAY_MS = 86_400_000;
const KEPT_MS = 30 * DAY_MS;
const PREFIX = "composer:";
const tab = (sessionStorage["pressroom-tab"] ??= crypto.randomUUID());
const lockOf = (id) => `${PREFIX}${id}`;
const placeOf = (post) => `${PREFIX}${user()}:${post ?? "new"}:`;
const tabOf = (key) => key.slice(key.lastIndexOf(":") + 1);

navigator.locks.request(lockOf(tab), () => new Promise(() => {}));

/** Whether this tab made a copy. */
export const isMine = (key) => tabOf(key) === tab;

/** Keep a copy of this tab's input. post: null for a new post. Returns false if the browser has no room for it. */
export function keepCopy(post, { words, names }) {
  try {
    localStorage.setItem(placeOf(post) + tab, JSON.stringify({ words, names, at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

/** Delete a copy: this tab's own, or the one with a key. */
export const discardCopy = (post, key = placeOf(post) + tab) => localStorage.removeItem(key);

/** Find this tab's copy and those of closed tabs, newest first, as {key, words, names, at}. */
export async function findCopies(post) {
  const { held } = await navigator.locks.query();
  const open = new Set(held.map(({ name }) => name));
  const copies = Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => ({ key, ...JSON.parse(localStorage[key]) }));
  for (const { key } of copies.filter(({ at }) => at < Date.now() - KEPT_MS)) localStorage.removeItem(key);
  return copies
    .filter(({ key, at }) => key.startsWith(placeOf(post)) && at >= Date.now() - KEPT_MS)
    .filter(({ key }) => isMine(key) || !open.has(lockOf(tabOf(key))))
    .sort((one, other) => other.at - one.at);
}
