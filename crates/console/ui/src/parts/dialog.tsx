// Dialogs: the browser's own, which keep the focus inside and close with Escape.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { Away } from "../api";
import { Notice } from "./basics";

export function Dialog(props: { title: string; close: () => void; children: ComponentChildren; locked?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => opener?.focus?.();
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    if (!props.locked) props.close();
  };
  return (
    <dialog ref={dialog} aria-labelledby={title} onCancel={cancel}>
      <h2 id={title}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** A form in a dialog. `submit` gets a key that stays the same for each attempt, so that trying again is safe. */
export function FormDialog(props: {
  title: string;
  action: string;
  danger?: boolean;
  close: () => void;
  submit: (key: string) => Promise<unknown>;
  children: ComponentChildren;
}) {
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const key = useMemo(() => crypto.randomUUID(), []);
  const attempt = useRef(0);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await props.submit(`${key}-${attempt.current}`);
    } catch (failed) {
      // What was refused may be sent differently; what was not answered must be the same thing again.
      if (!(failed instanceof Away)) attempt.current += 1;
      setError(failed as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={props.title} close={props.close} locked={busy}>
      <form onSubmit={submit}>
        {props.children}
        {error && (
          <Notice kind="error">
            {error.message}
            {error instanceof Away && "; your input is kept, try again when it is back"}
          </Notice>
        )}
        <div class="buttons">
          <button type="button" onClick={props.close} disabled={busy}>
            Cancel
          </button>
          <button type="submit" class={props.danger ? "danger" : "primary"} disabled={busy}>
            {busy ? "Working…" : props.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Asks before something that can't be undone, and says what will happen. */
export function Confirm(props: {
  title: string;
  action: string;
  close: () => void;
  act: (key: string) => Promise<unknown>;
  children: ComponentChildren;
}) {
  const submit = async (key: string) => {
    await props.act(key);
    props.close();
  };
  return (
    <FormDialog title={props.title} action={props.action} danger close={props.close} submit={submit}>
      <div class="explain">{props.children}</div>
    </FormDialog>
  );
}
