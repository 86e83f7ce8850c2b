// Icons: lines in a square of sixteen, in the colour of the text beside them, for the eye only.

const PATHS = {
  overview: "M2 13.5V7.5M6 13.5V2.5M10 13.5V9M14 13.5V5",
  users: "M4 6.5h8v6H4zM8 6.5V3.5M8 3.5h.01M2 9v2M14 9v2M6.5 9.5h.01M9.5 9.5h.01",
  projects: "M1.8 12.5v-9h4l1.5 2h6.9v7z",
  organizations: "M2.5 14V2.5h6V14M8.5 6.5h5V14M1.5 14h13M5 5.5h1M5 8.5h1M11 9.5h.5",
  administrators: "M8 1.8l5 2v4c0 3.2-2.1 5.3-5 6.4-2.9-1.1-5-3.2-5-6.4v-4zM6 7.8l1.5 1.5L10.2 6.5",
  keys: "M5.2 13.5a2.7 2.7 0 1 1 1.9-4.6L13.5 2.5M11 5l2 2M9 7l1.4 1.4",
  audit: "M3 2h10v12H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  debugger: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8L14 14",
  sessions: "M2 3h12v8H2zM5.5 14h5M8 11v3",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "M3 8.5l3.2 3.2L13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  menu: "M2 4h12M2 8h12M2 12h12",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  sort: "M5 6.2L8 3.2l3 3M5 9.8l3 3 3-3",
  back: "M10 3L5 8l5 5",
  forward: "M6 3l5 5-5 5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[props.name]} />
    </svg>
  );
}
