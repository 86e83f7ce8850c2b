// A button that opens a list of actions; arrow keys move in it, Escape closes it.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";

export interface MenuItem {
  label: string;
  onSelect: () => void;
  isDangerous?: boolean;
  isDisabled?: boolean;
}

export function Menu(props: { label: string; items: MenuItem[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const items = () => [
    ...(root.current?.querySelectorAll<HTMLButtonElement>("[role=menuitem]:not(:disabled)") ?? []),
  ];
  // A layout effect, so that the menu gets the next key.
  useLayoutEffect(() => {
    if (!isOpen) return;
    items()[0]?.focus();
    const handleOutside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setIsOpen(false);
    };
    addEventListener("pointerdown", handleOutside);
    addEventListener("focusin", handleOutside);
    return () => {
      removeEventListener("pointerdown", handleOutside);
      removeEventListener("focusin", handleOutside);
    };
  }, [isOpen]);
  const close = () => {
    setIsOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  const handleKeyDown = (event: KeyboardEvent) => {
    const all = items();
    const index = all.indexOf(document.activeElement as HTMLButtonElement);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1 + all.length, Home: 0, End: all.length - 1 }[
      event.key
    ];
    if (event.key === "Escape") close();
    if (next === undefined || !isOpen) return;
    event.preventDefault();
    all[next % all.length]?.focus();
  };
  const handleSelect = (item: MenuItem) => {
    close();
    item.onSelect();
  };
  return (
    <div class="menu" ref={root} onKeyDown={handleKeyDown}>
      <button type="button" aria-haspopup="menu" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {props.label} <Icon name="down" />
      </button>
      {isOpen && (
        <div role="menu" aria-label={props.label}>
          {props.items.map((item) => (
            <button
              type="button"
              role="menuitem"
              disabled={item.isDisabled ?? false}
              class={item.isDangerous ? "danger" : ""}
              onClick={() => handleSelect(item)}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
