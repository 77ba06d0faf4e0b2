// Numbers, times and sizes as people read them.
const GROUPS = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const number = (n) => (n === null || n === undefined ? "–" : GROUPS.format(n));

/** For tiles: 12,345 as it is, a million as 1M. */
export const short = (n) => (Math.abs(n) < 100_000 ? GROUPS.format(Math.round(n)) : SHORT.format(n));

export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return "–";
  return (perSecond >= 100 ? number(Math.round(perSecond)) : perSecond.toFixed(perSecond >= 10 || perSecond === 0 ? 0 : 1)) + "/s";
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 0.001) return seconds > 0 ? "<1 ms" : "0";
  if (seconds < 1) return Math.round(seconds * 1000) + " ms";
  if (seconds < 10) return seconds.toFixed(1) + " s";
  if (seconds < 120) return Math.round(seconds) + " s";
  if (seconds < 7200) return Math.round(seconds / 60) + " min";
  if (seconds < 172_800) return Math.round(seconds / 3600) + " h";
  return Math.round(seconds / 86_400) + " d";
}

export const ms = (n) => (n === null || n === undefined ? "–" : n === 0 ? "0 ms" : n < 10 ? n.toFixed(n < 1 ? 2 : 1) + " ms" : n < 1000 ? Math.round(n) + " ms" : duration(n / 1000));

export function bytes(n) {
  if (n === null || n === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return (n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)) + " " + units[unit];
}

/** A moment: time of day, with the date unless it is today's; the whole of it is in the title of <Time>. */
export function moment(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB");
  return at.toDateString() === new Date().toDateString() ? time : at.toLocaleDateString("en-CA") + " " + time;
}

/** From now: "in 5 min", "3 s ago". */
export function relative(iso, nowMs) {
  if (!iso) return "";
  const seconds = (Date.parse(iso) - nowMs) / 1000;
  return seconds > 0 ? "in " + duration(seconds) : Math.abs(seconds) < 1 ? "just now" : duration(-seconds) + " ago";
}
