// Fields of forms: a label, an input, and a hint that is read with it.

import { useId } from "preact/hooks";

interface Common {
  label: string;
  hint?: string;
  value: string;
  set: (value: string) => void;
  required?: boolean;
  maxLength?: number;
}

export function Field(props: Common & { type?: "text" | "password" | "search"; autofocus?: boolean; pattern?: string; placeholder?: string; autocomplete?: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        {...({ type: props.type ?? "text" } as { type: "text" })}
        value={props.value}
        onInput={(event) => props.set(event.currentTarget.value)}
        required={props.required ?? false}
        autoFocus={props.autofocus ?? false}
        spellcheck={false}
        autoComplete={props.autocomplete ?? "off"}
        {...(props.maxLength === undefined ? {} : { maxLength: props.maxLength })}
        {...(props.pattern === undefined ? {} : { pattern: props.pattern })}
        {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
      />
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

export function Area(props: Common & { rows?: number }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <textarea
        id={id}
        rows={props.rows ?? 3}
        value={props.value}
        spellcheck={false}
        required={props.required ?? false}
        onInput={(event) => props.set(event.currentTarget.value)}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
      />
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

export function Choice(props: Common & { options: [value: string, label: string][] }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.set(event.currentTarget.value)} aria-describedby={props.hint ? `${id}-hint` : undefined}>
        {props.options.map(([value, label]) => (
          <option value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
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
