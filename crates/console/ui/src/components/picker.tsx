// A choice by name of objects that the API identifies by id: a combobox of the ARIA Authoring Practices
// ("Combobox With List Autocomplete").

import type { RefObject } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useDebounced, useQuery } from "../hooks";
import { Icon } from "./icons";

export interface Option {
  id: string;
  name: string;
  detail?: string | undefined;
}

/** A source of options: those that match a text, and those with given ids. */
export interface Source {
  search: (text: string) => Promise<Option[]>;
  resolve: (ids: string[]) => Promise<Option[]>;
}

export interface PickerProps {
  label: string;
  hint?: string;
  source: Source;
  value: string[];
  onChange: (ids: string[]) => void;
  /** True if several options may be chosen. */
  isMultiple?: boolean;
  /** True if a typed word may be chosen as it is. */
  takesText?: boolean;
  isRequired?: boolean;
  placeholder?: string;
}

export function Picker(props: PickerProps) {
  const { label, hint, source, value, isMultiple = false } = props;
  const id = useId();
  const names = useNames(source, value);
  const choose = (option: Option) => {
    names.learn(option);
    props.onChange(isMultiple ? [...value.filter((other) => other !== option.id), option.id] : [option.id]);
  };
  const handleRemove = (removed: string) => {
    props.onChange(value.filter((other) => other !== removed));
    document.getElementById(id)?.focus();
  };
  const isOpen = isMultiple || value.length === 0;
  return (
    <div class="field picker">
      <label for={id}>{label}</label>
      {value.length > 0 && (
        <ul class="chips" aria-label={`${label}, chosen`}>
          {value.map((chosen) => (
            <li>
              <span title={chosen}>{names.of(chosen)}</span>
              <button
                type="button"
                aria-label={`Remove ${names.of(chosen)}`}
                onClick={() => handleRemove(chosen)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {isOpen && <Combobox {...props} id={id} onChoose={choose} />}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A choice of one object as a filter, or of none. */
export function FilterPicker(props: {
  label: string;
  source: Source;
  value: string;
  onChange: (id: string) => void;
  placeholder?: string;
}) {
  const { value, onChange, placeholder = "Search by name", ...rest } = props;
  return (
    <Picker
      {...rest}
      placeholder={placeholder}
      value={value ? [value] : []}
      onChange={([id]) => onChange(id ?? "")}
    />
  );
}

/** Names of ids, from chosen options and from the source. */
function useNames(source: Source, ids: string[]) {
  const [known, setKnown] = useState<Record<string, string>>({});
  const unknown = ids.filter((id) => known[id] === undefined);
  useEffect(() => {
    if (unknown.length === 0) return;
    const learn = (found: Option[]) =>
      setKnown((now) => ({
        ...now,
        ...Object.fromEntries(unknown.map((id) => [id, id])),
        ...Object.fromEntries(found.map(({ id, name }) => [id, name])),
      }));
    source.resolve(unknown).then(learn, () => learn([]));
  }, [unknown.join(" ")]);
  return {
    of: (id: string) => known[id] ?? "…",
    learn: ({ id, name }: Option) => setKnown((now) => ({ ...now, [id]: name })),
  };
}

/** Keeps a list of options in the top layer beside its input, so that it moves nothing and is not cut off. */
function useFloating(
  isOpen: boolean,
  input: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
) {
  useLayoutEffect(() => {
    const [anchor, floating] = [input.current, list.current];
    if (!isOpen || !anchor || !floating) return;
    const reposition = () => {
      const { top, bottom, left, width } = anchor.getBoundingClientRect();
      const isAbove = innerHeight - bottom < 200 && top > innerHeight - bottom;
      floating.style.left = `${left}px`;
      floating.style.width = `${width}px`;
      floating.style.top = isAbove ? "auto" : `${bottom + 4}px`;
      floating.style.bottom = isAbove ? `${innerHeight - top + 4}px` : "auto";
    };
    floating.showPopover();
    reposition();
    addEventListener("scroll", reposition, true);
    addEventListener("resize", reposition);
    return () => {
      removeEventListener("scroll", reposition, true);
      removeEventListener("resize", reposition);
    };
  }, [isOpen]);
}

const isLike = (option: Option, text: string) =>
  `${option.name} ${option.detail ?? ""} ${option.id}`.toLowerCase().includes(text.toLowerCase());

function Combobox(props: PickerProps & { id: string; onChoose: (option: Option) => void }) {
  const { id, source, value, takesText = false } = props;
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const [activeIndex, setActiveIndex] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const typed = text.trim();
  const searched = useDebounced(typed);
  const found = useQuery(
    async () => ({ text: searched, options: isOpen ? await source.search(searched) : [] }),
    [isOpen, searched],
  );
  const isCurrent = !found.isLoading && found.data?.text === typed;
  // Until the options for the current text are loaded, the shown ones are only filtered.
  const options = (found.data?.options ?? []).filter(
    (option) => !value.includes(option.id) && (isCurrent || isLike(option, typed)),
  );
  const asTyped =
    takesText && /^\S+$/.test(typed) ? { id: typed, name: typed, detail: "as it is" } : undefined;
  if (asTyped && isCurrent && !options.some((option) => option.id === typed)) options.push(asTyped);
  const isMissing = typed !== "" || (props.isRequired && value.length === 0);
  useEffect(
    () => input.current?.setCustomValidity(isMissing ? "Choose one from the list." : ""),
    [isMissing],
  );
  useFloating(isOpen, input, list);
  useEffect(() => list.current?.children[activeIndex]?.scrollIntoView({ block: "nearest" }), [activeIndex]);
  const toggle = (isNowOpen: boolean) => {
    setIsOpen(isNowOpen);
    setActiveIndex(-1);
  };
  const choose = (option: Option) => {
    setText("");
    toggle(false);
    props.onChoose(option);
  };
  /** Takes a fully typed name without a choice from the list. */
  const handleBlur = async () => {
    toggle(false);
    if (!typed) return;
    const isSame = ({ id, name }: Option) => id === typed || name.toLowerCase() === typed.toLowerCase();
    const same = (await source.search(typed).catch(() => [])).find(isSame) ?? asTyped;
    if (same) choose(same);
  };
  const handleKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const option = options[activeIndex] ?? (typed ? options[0] : undefined);
    if (step !== undefined) {
      if (!isOpen) toggle(true);
      else setActiveIndex((activeIndex + step + options.length) % Math.max(1, options.length));
    } else if (event.key === "Enter" && isOpen && option) {
      choose(option);
    } else if (event.key === "Escape" && isOpen) {
      toggle(false);
    } else {
      return;
    }
    // The key must not reach the form or the dialog around it.
    event.preventDefault();
    event.stopPropagation();
  };
  const emptyText = typed ? "Nothing has this name" : "There is nothing to choose";
  return (
    <>
      <input
        id={id}
        ref={input}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={`${id}-options`}
        aria-autocomplete="list"
        {...(isOpen && activeIndex >= 0 ? { "aria-activedescendant": `${id}-${activeIndex}` } : {})}
        {...(props.hint ? { "aria-describedby": `${id}-hint` } : {})}
        value={text}
        placeholder={props.placeholder ?? "Search by name"}
        spellcheck={false}
        autoComplete="off"
        onInput={(event) => {
          setText(event.currentTarget.value);
          toggle(true);
        }}
        onClick={() => toggle(true)}
        onBlur={() => void handleBlur()}
        onKeyDown={handleKeyDown}
      />
      {isOpen && (
        <ul role="listbox" popover="manual" ref={list} id={`${id}-options`} aria-label={props.label}>
          {options.map((option, index) => (
            <li
              key={option.id}
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === activeIndex}
              onPointerDown={(event) => event.preventDefault()}
              onPointerMove={() => setActiveIndex(index)}
              onClick={() => choose(option)}
            >
              {option.name} {option.detail && <span class="quiet">{option.detail}</span>}
            </li>
          ))}
          {options.length === 0 && (
            <li class="quiet" role="option" aria-disabled="true" aria-selected={false}>
              {isCurrent ? emptyText : "Looking…"}
            </li>
          )}
        </ul>
      )}
    </>
  );
}
