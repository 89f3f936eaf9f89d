// Tells the server, by a cookie, which zone and which first day of the week the browser has.
const COOKIE = "pressroom-reader";

function firstWeekday() {
  const locale = new Intl.Locale(navigator.language);
  const week = locale.getWeekInfo?.() ?? locale.weekInfo;
  return week ? `&first=${week.firstDay - 1}` : "";
}

const value = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}${firstWeekday()}`.replace("&", "|");
const isKnown = document.cookie.split("; ").includes(`${COOKIE}=${value}`);
if (!isKnown) {
  document.cookie = `${COOKIE}=${value}; path=/; max-age=31536000; samesite=lax`;
  // What is shown was made without it. Once: a browser that keeps no cookie would load for ever.
  const isKept = document.cookie.includes(`${COOKIE}=`);
  if (isKept && document.querySelector("[data-local], [data-live]")) location.reload();
}
