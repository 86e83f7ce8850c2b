// Form fields: a label, an input, and a hint that screen readers read with it.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useTypedParam } from "../router";

interface FieldProps<T = string> {
  label: string;
  hint?: string | undefined;
  value: T;
  onChange: (value: T) => void;
}

/** A label and a hint around an input, which gets its own id and the id of the hint. */
export function Labelled(props: {
  label: string;
  hint?: string | undefined;
  children: (id: string, hint: string | undefined) => ComponentChildren;
}) {
  const id = useId();
  const hint = props.hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(id, hint)}
      {props.hint && (
        <p class="hint" id={hint}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** A labelled search, and other filters of a listing. The address keeps their values. */
export function Filters(props: { search?: string; children?: ComponentChildren }) {
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      {props.search && <SearchField label={props.search} />}
      {props.children}
    </form>
  );
}

function SearchField(props: { label: string }) {
  const [text, setText] = useTypedParam("search");
  return <TextField label={props.label} type="search" value={text} onChange={setText} />;
}

interface TextProps extends FieldProps {
  type?: "text" | "password" | "search" | "date" | "number";
  isRequired?: boolean;
  hasFocus?: boolean;
  maxLength?: number;
  min?: string;
}

export function TextField(props: TextProps) {
  return (
    <Labelled label={props.label} hint={props.hint}>
      {(id, hint) => (
        <input
          id={id}
          {...({ type: props.type ?? "text" } as { type: "text" })}
          value={props.value}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          required={props.isRequired ?? false}
          autoFocus={props.hasFocus ?? false}
          spellcheck={false}
          autoComplete="off"
          {...(props.maxLength === undefined ? {} : { maxLength: props.maxLength })}
          {...(props.min === undefined ? {} : { min: props.min })}
          aria-describedby={hint}
        />
      )}
    </Labelled>
  );
}

/** The field for the name of an object, the first one of its form. */
export function NameField(props: Omit<FieldProps, "label"> & { label?: string }) {
  return <TextField label="Name" isRequired hasFocus maxLength={200} {...props} />;
}

export function AreaField(props: FieldProps & { rows?: number; isRequired?: boolean }) {
  return (
    <Labelled label={props.label} hint={props.hint}>
      {(id, hint) => (
        <textarea
          id={id}
          rows={props.rows ?? 3}
          value={props.value}
          spellcheck={false}
          required={props.isRequired ?? false}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          aria-describedby={hint}
        />
      )}
    </Labelled>
  );
}

export type Choice = [value: string, label: string];

export function ChoiceField(props: FieldProps & { options: Choice[] }) {
  return (
    <Labelled label={props.label} hint={props.hint}>
      {(id, hint) => (
        <select
          id={id}
          value={props.value}
          onChange={(event) => props.onChange(event.currentTarget.value)}
          aria-describedby={hint}
        >
          {props.options.map(([value, label]) => (
            <option value={value} selected={value === props.value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function CheckField(props: FieldProps<boolean>) {
  const id = useId();
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        checked={props.value}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
        {...(props.hint ? { "aria-describedby": `${id}-hint` } : {})}
      />
      <label for={id}>{props.label}</label>
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** Checkboxes for the members of a list. */
export function CheckList(props: {
  legend: string;
  options: { value: string; label: string; hint?: string }[];
  value: string[];
  onChange: (value: string[]) => void;
  children?: ComponentChildren;
}) {
  const toggle = (member: string) => (isChecked: boolean) =>
    props.onChange(isChecked ? [...props.value, member] : props.value.filter((other) => other !== member));
  return (
    <fieldset class="checks">
      <legend>{props.legend}</legend>
      {props.children}
      {props.options.map(({ value, label, hint }) => (
        <CheckField label={label} hint={hint} value={props.value.includes(value)} onChange={toggle(value)} />
      ))}
    </fieldset>
  );
}

const LIFETIMES: Choice[] = [
  ["2592000s", "After 30 days"],
  ["7776000s", "After 90 days"],
  ["31536000s", "After 1 year"],
  ["date", "On a date…"],
  ["", "Never"],
];

/** The end of a credential in the API's form: `lifetime`, `expirationDate`, or neither. */
export interface End {
  lifetime?: string;
  expirationDate?: string;
}

export function EndField(props: { initial: string; onChange: (end: End) => void }) {
  const [choice, setChoice] = useState(props.initial);
  const [lastDay, setLastDay] = useState("");
  const handleChoice = (value: string) => {
    setChoice(value);
    props.onChange(value === "date" ? endOfDay(lastDay) : lifetime(value));
  };
  const handleDay = (value: string) => {
    setLastDay(value);
    props.onChange(endOfDay(value));
  };
  return (
    <div class="grid">
      <ChoiceField label="Ends" value={choice} onChange={handleChoice} options={LIFETIMES} />
      {choice === "date" && (
        <TextField
          label="Last day"
          type="date"
          value={lastDay}
          onChange={handleDay}
          isRequired
          min={today()}
        />
      )}
    </div>
  );
}

export const lifetime = (duration: string): End => (duration ? { lifetime: duration } : {});

function endOfDay(day: string): End {
  const end = new Date(`${day}T23:59:59`);
  return isNaN(end.getTime()) ? {} : { expirationDate: end.toISOString().replace(/\.\d+/, "") };
}

function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

const UNITS: Choice[] = [
  ["1", "seconds"],
  ["60", "minutes"],
  ["3600", "hours"],
  ["86400", "days"],
];

/** A field for a duration as a number and a unit; the value is in seconds, or empty. */
export function DurationField(props: FieldProps) {
  const total = Number(props.value);
  const fits = (unit: string) => total % Number(unit) === 0;
  const [selectedUnit, setSelectedUnit] = useState("3600");
  const unit = fits(selectedUnit) ? selectedUnit : (UNITS.findLast(([unit]) => fits(unit))?.[0] ?? "1");
  const amount = total > 0 ? String(total / Number(unit)) : "";
  const emitChange = (amount: string, unit: string) =>
    props.onChange(amount && String(Math.round(Number(amount) * Number(unit))));
  const handleUnit = (unit: string) => {
    setSelectedUnit(unit);
    emitChange(amount, unit);
  };
  return (
    <Labelled label={props.label} hint={props.hint}>
      {(id, hint) => (
        <div class="joined">
          <input
            id={id}
            type="number"
            min="1"
            step="1"
            value={amount}
            onInput={(event) => emitChange(event.currentTarget.value, unit)}
            aria-describedby={hint}
          />
          <select
            aria-label={`Unit of ${props.label}`}
            value={unit}
            onChange={(event) => handleUnit(event.currentTarget.value)}
          >
            {UNITS.map(([value, label]) => (
              <option value={value} selected={value === unit}>
                {label}
              </option>
            ))}
          </select>
        </div>
      )}
    </Labelled>
  );
}
