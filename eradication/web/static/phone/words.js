// Everything that is said comes from the server's catalogs, in both languages, kept with the shell.

let all = { vi: {}, en: {} };
let now = "vi";

export async function loadWords() {
  const answer = await fetch("/phone/words.json", { credentials: "same-origin" });
  all = await answer.json();
  const asked = new URL(location.href);
  const wanted = asked.searchParams.get("lang");
  if (wanted && Object.hasOwn(all, wanted)) {
    localStorage.setItem("language", wanted);
    asked.searchParams.delete("lang"); // or what is chosen later would be undone whenever the page is loaded again
    history.replaceState(history.state, "", asked);
  }
  now = localStorage.getItem("language") || document.documentElement.lang || "vi";
  document.documentElement.lang = now;
}

export function language() {
  return now;
}

export function speak(other) {
  now = other;
  localStorage.setItem("language", other);
  document.documentElement.lang = other;
}

/** The words for a key, `{places}` filled in. */
export function say(key, values = {}) {
  const words = all[now]?.[key] ?? all.en?.[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The words for a code that came as data, the code itself where there are none. */
export function sayCode(group, code) {
  const key = `${group}.${code}`;
  const words = say(key);
  return words === key ? String(code) : words;
}

export function number(value, digits = 0) {
  if (!Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(now, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function clock(when) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(when));
}

export function moment(when) {
  const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "2-digit" }).format(new Date(when)); // 28/11 in both
  return `${clock(when)} ${day}`;
}

export function megabytes(bytes) {
  if (bytes >= 1e9) return `${number(bytes / 1e9, 1)} GB`;
  return bytes < 100_000 ? `${number(bytes / 1000, 1)} kB` : `${number(bytes / 1e6, 1)} MB`;
}

/** A distance as people say it: 620 m, 3,4 km. */
export function far(metres) {
  return metres < 995 ? `${number(Math.round(metres / 10) * 10)} m` : `${number(metres / 1000, 1)} km`;
}
