// Formats of times and numbers, in English even if the browser has another language.

const LOCALE = navigator.language.startsWith("en") ? navigator.language : "en-GB";
const DATE = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const CLOCK = new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const NUMBER = new Intl.NumberFormat(LOCALE);

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
] as const;
const YEAR = 365 * 86400;

export const formatDate = (text: string) => DATE.format(new Date(text));

export const formatClock = (text: string) => CLOCK.format(new Date(text));

export const formatNumber = (n: number | string) => NUMBER.format(Number(n));

export function formatRelative(text: string): string {
  const seconds = (new Date(text).getTime() - Date.now()) / 1000;
  if (Math.abs(seconds) >= 2 * YEAR) return RELATIVE.format(Math.round(seconds / YEAR), "year");
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length * 0.95);
  if (unit) return RELATIVE.format(Math.round(seconds / unit[1]), unit[0]);
  return seconds > 0 ? "in less than a minute" : "just now";
}

/** Seconds, as in `43200s`, in the largest unit that divides them. */
export function formatDuration(duration: string): string {
  const seconds = Number(duration.replace(/s$/, ""));
  const [unit, length] = UNITS.find(([, length]) => seconds > 0 && seconds % length === 0) ?? ["second", 1];
  const amount = seconds / length;
  return `${formatNumber(amount)} ${unit}${amount === 1 ? "" : "s"}`;
}

/** Browsers by marks in their user agents; each may contain other browsers' marks. The first match counts. */
const BROWSERS: [name: string, mark: RegExp][] = [
  ["Edge", /\bEdg/],
  ["Opera", /\bOPR\b/],
  ["Firefox", /\b(Firefox|FxiOS)\b/],
  ["Chrome", /(Chrome|Chromium|CriOS)\b/],
  ["Safari", /\bSafari\b/],
];

const SYSTEMS: [name: string, mark: RegExp][] = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(iPhone|iPad)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

/** A short name for a user agent. */
export function formatBrowser(agent: string): string {
  const find = (known: [string, RegExp][]) => known.find(([, mark]) => mark.test(agent))?.[0];
  const browser = find(BROWSERS);
  const system = find(SYSTEMS);
  if (!browser) return agent.slice(0, 40) || "Unknown";
  return system ? `${browser} on ${system}` : browser;
}
