// Fields of forms: a label, an input, and a hint that is read with it.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Common {
  label: string;
  hint?: string;
  value: string;
  set: (value: string) => void;
  required?: boolean;
  maxLength?: number;
}

/** What all fields have around their input, which gets an id, and the id of its hint. */
function Labelled(props: {
  label: string;
  hint?: string | undefined;
  input: (id: string, hint: string | undefined) => ComponentChildren;
}) {
  const id = useId();
  const hint = props.hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.input(id, hint)}
      {props.hint && (
        <p class="hint" id={hint}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

interface FieldProps extends Common {
  type?: "text" | "password" | "search";
  autofocus?: boolean;
  pattern?: string;
}

export function Field(props: FieldProps) {
  const input = (id: string, hint: string | undefined) => (
    <input
      id={id}
      {...({ type: props.type ?? "text" } as { type: "text" })}
      value={props.value}
      onInput={(event) => props.set(event.currentTarget.value)}
      required={props.required ?? false}
      autoFocus={props.autofocus ?? false}
      spellcheck={false}
      autoComplete="off"
      {...(props.maxLength === undefined ? {} : { maxLength: props.maxLength })}
      {...(props.pattern === undefined ? {} : { pattern: props.pattern })}
      aria-describedby={hint}
    />
  );
  return <Labelled label={props.label} hint={props.hint} input={input} />;
}

export function Area(props: Common & { rows?: number }) {
  const input = (id: string, hint: string | undefined) => (
    <textarea
      id={id}
      rows={props.rows ?? 3}
      value={props.value}
      spellcheck={false}
      required={props.required ?? false}
      onInput={(event) => props.set(event.currentTarget.value)}
      aria-describedby={hint}
    />
  );
  return <Labelled label={props.label} hint={props.hint} input={input} />;
}

export function Choice(props: Common & { options: [value: string, label: string][] }) {
  const input = (id: string, hint: string | undefined) => (
    <select
      id={id}
      value={props.value}
      onChange={(event) => props.set(event.currentTarget.value)}
      aria-describedby={hint}
    >
      {props.options.map(([value, label]) => (
        <option value={value} selected={value === props.value}>
          {label}
        </option>
      ))}
    </select>
  );
  return <Labelled label={props.label} hint={props.hint} input={input} />;
}

export function Check(props: { label: string; value: boolean; set: (value: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={props.value} onChange={(event) => props.set(event.currentTarget.checked)} />
      {props.label}
    </label>
  );
}

/** How long a credential lasts, as the API takes it. */
export const LIFETIMES: [string, string][] = [
  ["", "does not end"],
  ["86400s", "1 day"],
  ["2592000s", "30 days"],
  ["7776000s", "90 days"],
  ["31536000s", "1 year"],
];

/** Words with spaces or lines between them. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
