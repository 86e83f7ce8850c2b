// Dialogs: the browser's native ones, which keep the focus inside. Escape closes them, after a question if
// input would be lost.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ConnectionError } from "../api";
import { useUnsaved } from "../router";
import { Notice } from "./basics";

/** A question before a dialog closes, with its two answers. */
export interface Loss {
  title: string;
  sentence: string;
  close: string;
  stay: string;
}

export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** True if the dialog can't be closed. */
  isLocked?: boolean;
  /** The loss caused by closing the dialog. */
  loss?: Loss | undefined;
  isWide?: boolean;
}) {
  const { loss } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isConfirming, setIsConfirming] = useState(false);
  const titleId = useId();
  useUnsaved(loss?.sentence);
  useLayoutEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => {
      // Elements outside an open dialog can't have the focus.
      dialog.current?.close();
      // The opener may be gone, such as the row of a secret that was just revoked.
      const next = opener?.isConnected && opener !== document.body ? opener : document.getElementById("main");
      next?.focus();
    };
  }, []);
  const requestClose = (event: Event) => {
    event.preventDefault();
    if (props.isLocked) return;
    if (loss) setIsConfirming(true);
    else props.onClose();
  };
  const handleKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    requestClose(event);
  };
  return (
    <>
      <dialog
        ref={dialog}
        class={props.isWide ? "wide" : ""}
        aria-labelledby={titleId}
        onKeyDown={handleKeyDown}
        onCancel={requestClose}
        // Browsers close a dialog at a second Escape without an event that can be cancelled, so it is
        // opened again.
        onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
      >
        <h2 id={titleId}>{props.title}</h2>
        {props.children}
      </dialog>
      {isConfirming && loss && (
        <ConfirmDialog
          title={loss.title}
          action={loss.close}
          cancel={loss.stay}
          onClose={() => setIsConfirming(false)}
          onConfirm={async () => props.onClose()}
        >
          {loss.sentence}
        </ConfirmDialog>
      )}
    </>
  );
}

const UNSAVED_INPUT: Loss = {
  title: "Discard your input?",
  sentence: "What you typed is not saved.",
  close: "Discard",
  stay: "Keep editing",
};

/**
 * A form in a dialog, which closes after `onSubmit`. Each attempt passes the same key to it, so that it can
 * be repeated safely.
 */
export function FormDialog<R>(props: {
  title: string;
  action: string;
  cancel?: string;
  isDangerous?: boolean;
  isDisabled?: boolean;
  onClose: () => void;
  onSubmit: (key: string) => Promise<R>;
  /** Shown instead of the form once it is submitted; the dialog closes if there is nothing to show. */
  reveal?: (result: R) => ComponentChildren;
  children: ComponentChildren;
}) {
  const [result, setResult] = useState<{ value: R }>();
  const [error, setError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [isDirty, setIsDirty] = useState(false);
  const key = useMemo(() => crypto.randomUUID(), []);
  const attempt = useRef(0);
  const handleSubmit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setError(undefined);
    try {
      const value = await props.onSubmit(`${key}-${attempt.current}`);
      if (props.reveal?.(value)) setResult({ value });
      else props.onClose();
    } catch (failed) {
      // A refused request may be changed and sent under a new key; one without an answer must keep its key.
      if (!(failed instanceof ConnectionError)) attempt.current += 1;
      setError(failed as Error);
      setIsBusy(false);
    }
  };
  if (result && props.reveal) return <>{props.reveal(result.value)}</>;
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      isLocked={isBusy}
      loss={isDirty && !isBusy ? UNSAVED_INPUT : undefined}
    >
      <form onSubmit={handleSubmit} onInput={() => setIsDirty(true)}>
        {props.children}
        {error && (
          <Notice kind="error">
            {error.message}
            {error instanceof ConnectionError && ". Your input is kept; try again when it is back."}
          </Notice>
        )}
        <div class="buttons">
          <button type="button" onClick={props.onClose} disabled={isBusy}>
            {props.cancel ?? "Cancel"}
          </button>
          <button
            type="submit"
            class={props.isDangerous ? "danger solid" : "primary"}
            disabled={isBusy || (props.isDisabled ?? false)}
          >
            {isBusy ? "Working…" : props.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A confirmation of an irreversible action, with its effect. */
export function ConfirmDialog(props: {
  title: string;
  action: string;
  cancel?: string;
  onClose: () => void;
  onConfirm: (key: string) => Promise<unknown>;
  children: ComponentChildren;
}) {
  const { onConfirm, children, ...rest } = props;
  return (
    <FormDialog {...rest} isDangerous onSubmit={onConfirm}>
      <div class="explain">{children}</div>
    </FormDialog>
  );
}

/** A button with its dialog, which gets a function to close it. `name` names the row for screen readers. */
export function DialogButton(props: {
  label: string;
  name?: string;
  class?: string;
  children: (onClose: () => void) => ComponentChildren;
}) {
  const { label, name } = props;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class={props.class ?? "small"}
        {...(name ? { "aria-label": `${label} ${name}` } : {})}
        onClick={() => setIsOpen(true)}
      >
        {label}
      </button>
      {isOpen && props.children(() => setIsOpen(false))}
    </>
  );
}

/** A button in a row that confirms an irreversible action. */
export function ConfirmButton(props: {
  label: string;
  name: string;
  title: string;
  onConfirm: (key: string) => Promise<unknown>;
  children: ComponentChildren;
}) {
  const { label, name, ...dialog } = props;
  return (
    <DialogButton label={label} name={name} class="small danger">
      {(onClose) => <ConfirmDialog {...dialog} action={label} onClose={onClose} />}
    </DialogButton>
  );
}
