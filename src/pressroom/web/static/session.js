// The session of this page: its token and its user, and how the page continues after a new sign-in.

const meta = (name, page = document) => page.querySelector(`meta[name="pressroom-${name}"]`);

/** The token that a request which changes something sends along: pages of other sites cannot read it. */
export const csrf = () => meta("csrf").content;

/** Identifies the user who is signed in on this page. */
export const user = () => meta("user").content;

const announce = (name) => document.dispatchEvent(new CustomEvent(name));

/**
 * Read the token of the present session from this page's own address. Returns false if nobody is signed in, or if
 * another user is: that user's token is never taken, and the page is loaded again as theirs.
 */
export async function renewToken() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (response?.status === 401) announce("pressroom:out");
  const page = response && new DOMParser().parseFromString(await response.text(), "text/html");
  if (!page || !meta("csrf", page)) return false;
  if (meta("user", page).content !== user()) {
    announce("pressroom:other-user");
    location.reload();
    return false;
  }
  const old = csrf();
  meta("csrf").content = meta("csrf", page).content;
  for (const field of document.querySelectorAll("input[name=csrf]")) if (field.value === old) field.value = csrf();
  announce("pressroom:in");
  return true;
}

/** Whether a request was refused because its token belongs to an earlier session. */
export const isStale = (header) => header("x-pressroom-token") === "stale";

/** Send a POST. If its token is of an earlier session, take the new token and send the request once more. */
export async function post(path, { headers = {}, body }) {
  const send = () => fetch(path, { method: "POST", headers: { accept: "application/json", "x-pressroom-csrf": csrf(), ...headers }, body });
  const response = await send();
  if (response.status === 401) announce("pressroom:out");
  const isOld = isStale((name) => response.headers.get(name));
  return isOld && (await renewToken()) ? send() : response;
}
