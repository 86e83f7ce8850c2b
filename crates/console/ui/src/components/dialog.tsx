// Dialogs: the browser's native ones, which keep the focus inside. Escape closes them, after a question if
// input would be lost.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ConnectionError } from "../api";
import { useUnsaved } from "../router";
import { Notice } from "./basics";

export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** True if the dialog can't be closed. */
  isLocked?: boolean;
  /** The loss caused by closing the dialog, as a question with its answers. */
  loss?: { title: string; sentence: string; close: string; stay: string } | undefined;
  isWide?: boolean;
}) {
  const { loss } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isAsking, setIsAsking] = useState(false);
  const title = useId();
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
    if (loss) setIsAsking(true);
    else props.onClose();
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    requestClose(event);
  };
  return (
    <>
      <dialog
        ref={dialog}
        class={props.isWide ? "wide" : ""}
        aria-labelledby={title}
        onKeyDown={handleKey}
        onCancel={requestClose}
        // Browsers close a dialog at a second Escape without an event that can be cancelled, so it is
        // opened again.
        onClose={() => dialog.current?.isConnected && dialog.current.showModal()}
      >
        <h2 id={title}>{props.title}</h2>
        {props.children}
      </dialog>
      {isAsking && loss && (
        <ConfirmDialog
          title={loss.title}
          action={loss.close}
          cancel={loss.stay}
          onClose={() => setIsAsking(false)}
          onConfirm={async () => props.onClose()}
        >
          {loss.sentence}
        </ConfirmDialog>
      )}
    </>
  );
}

const TYPED = {
  title: "Discard your input?",
  sentence: "What you typed is not saved.",
  close: "Discard",
  stay: "Keep editing",
};

/** A form in a dialog. Each attempt passes the same key to `onSubmit`, so that it can be repeated safely. */
export function FormDialog(props: {
  title: string;
  action: string;
  cancel?: string;
  isDangerous?: boolean;
  isDisabled?: boolean;
  onClose: () => void;
  onSubmit: (key: string) => Promise<unknown>;
  children: ComponentChildren;
}) {
  const [error, setError] = useState<Error>();
  const [isBusy, setIsBusy] = useState(false);
  const [isTouched, setIsTouched] = useState(false);
  const key = useMemo(() => crypto.randomUUID(), []);
  const attempt = useRef(0);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setError(undefined);
    try {
      await props.onSubmit(`${key}-${attempt.current}`);
    } catch (failed) {
      // A refused request may be changed and sent under a new key; one without an answer must keep its key.
      if (!(failed instanceof ConnectionError)) attempt.current += 1;
      setError(failed as Error);
      setIsBusy(false);
    }
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      isLocked={isBusy}
      loss={isTouched && !isBusy ? TYPED : undefined}
    >
      <form onSubmit={submit} onInput={() => setIsTouched(true)}>
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
  const submit = async (key: string) => {
    await onConfirm(key);
    props.onClose();
  };
  return (
    <FormDialog {...rest} isDangerous onSubmit={submit}>
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
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class={props.class ?? "small"}
        {...(props.name ? { "aria-label": `${props.label} ${props.name}` } : {})}
        onClick={() => setIsOpen(true)}
      >
        {props.label}
      </button>
      {isOpen && props.children(() => setIsOpen(false))}
    </>
  );
}

/** A button in a row that confirms an irreversible action. `name` names the row for screen readers. */
export function ConfirmButton(props: {
  label: string;
  name: string;
  title: string;
  onConfirm: (key: string) => Promise<unknown>;
  children: ComponentChildren;
}) {
  const { label, name, ...dialog } = props;
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="small danger"
        aria-label={`${label} ${name}`}
        onClick={() => setIsOpen(true)}
      >
        {label}
      </button>
      {isOpen && <ConfirmDialog {...dialog} action={label} onClose={() => setIsOpen(false)} />}
    </>
  );
}
