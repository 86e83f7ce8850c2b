// Copying to the clipboard, and downloads of files created in the page.

import { useEffect, useId, useState } from "preact/hooks";
import { Icon } from "./icons";

/** Copies a text and confirms it. Without access to the clipboard the text can still be selected. */
export function CopyButton(props: { what: string; text: string; isIcon?: boolean; onCopy?: () => void }) {
  const [status, setStatus] = useState("");
  useEffect(() => {
    if (!status) return;
    const timer = setTimeout(() => setStatus(""), 2500);
    return () => clearTimeout(timer);
  }, [status]);
  const handleCopy = () =>
    navigator.clipboard.writeText(props.text).then(
      () => {
        setStatus("Copied");
        props.onCopy?.();
      },
      () => setStatus("Select the text and copy it by hand"),
    );
  const isCopied = status === "Copied";
  return (
    <span class="copy">
      <button
        type="button"
        class={props.isIcon ? "quiet-icon" : "small"}
        aria-label={`Copy ${props.what}`}
        title={`Copy ${props.what}`}
        onClick={handleCopy}
      >
        <Icon name={isCopied ? "check" : "copy"} />
        {!props.isIcon && "Copy"}
      </button>
      <span class={isCopied && props.isIcon ? "unseen" : "said"} role="status">
        {status}
      </span>
    </span>
  );
}

/** A value with its name and a button that copies it. */
export function Copyable(props: { label: string; text: string; onCopy?: () => void }) {
  const id = useId();
  return (
    <div class="copyable">
      <span class="label" id={id}>
        {props.label}
      </span>
      <code aria-labelledby={id} tabIndex={0}>
        {props.text}
      </code>
      <CopyButton what={props.label} text={props.text} {...(props.onCopy ? { onCopy: props.onCopy } : {})} />
    </div>
  );
}

/** Downloads a file from the page's memory, without the server. */
export function download(name: string, content: string, type: string) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
