/** The form before the first message, and the form outside office hours. */

import { useRef, useState } from "preact/hooks";
import { useWords } from "../i18n/index.ts";
import { ApiError } from "../protocol/api.ts";

export interface Details {
  name: string;
  email: string;
  message: string;
}

export interface DetailsFormProps {
  kind: "prechat" | "offline";
  required: boolean;
  onSubmit(details: Details): Promise<void>;
  onSkip(): void;
}

type Problems = Partial<Record<keyof Details, string>>;

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function DetailsForm({ kind, required, onSubmit, onSkip }: DetailsFormProps) {
  const words = useWords();
  const [details, setDetails] = useState<Details>({ name: "", email: "", message: "" });
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const offline = kind === "offline";

  const check = (): Problems => {
    const found: Problems = {};
    const email = details.email.trim();
    if (required && !offline && !details.name.trim()) found.name = words.nameMissing;
    if (email ? !EMAIL.test(email) : required) found.email = email ? words.emailWrong : words.emailMissing;
    if (offline && !details.message.trim()) found.message = words.messageMissing;
    return found;
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    const found = check();
    setProblems(found);
    setFailure(null);
    const first = Object.keys(found)[0];
    if (first) {
      form.current?.querySelector<HTMLElement>(`[name=${first}]`)?.focus();
      return;
    }
    setBusy(true);
    try {
      await onSubmit({ name: details.name.trim(), email: details.email.trim(), message: details.message.trim() });
    } catch (error) {
      setFailure((error instanceof ApiError && words.reasons[error.code]) || words.couldNotSend);
      setBusy(false);
    }
  };

  const field = (name: keyof Details, label: string, must: boolean) => {
    const shared = {
      id: `f-${name}`,
      name,
      value: details[name],
      "aria-invalid": problems[name] ? ("true" as const) : undefined,
      "aria-describedby": problems[name] ? `p-${name}` : undefined,
      "aria-required": must ? ("true" as const) : undefined,
      onInput: (event: Event) => {
        const { value } = event.currentTarget as HTMLInputElement;
        setDetails((now) => ({ ...now, [name]: value }));
        if (problems[name]) setProblems((now) => ({ ...now, [name]: undefined }));
      },
    };
    return (
      <div class="field">
        <label for={`f-${name}`}>
          {label}
          {!must && <span class="faint"> ({words.optional})</span>}
        </label>
        {name === "message" ? (
          <textarea rows={4} maxLength={5000} {...shared} />
        ) : (
          <input
            type={name === "email" ? "email" : "text"}
            autocomplete={name}
            maxLength={200}
            {...shared}
          />
        )}
        {problems[name] && (
          <p class="problem" id={`p-${name}`}>
            {problems[name]}
          </p>
        )}
      </div>
    );
  };

  return (
    <form class="card" ref={form} noValidate onSubmit={submit} aria-labelledby="form-title">
      <h2 id="form-title">{offline ? words.offlineTitle : words.prechatTitle}</h2>
      <p class="faint">{offline ? words.offlineBody : words.prechatBody}</p>
      {field("name", words.name, required && !offline)}
      {field("email", words.email, required)}
      {offline && field("message", words.offlineMessage, true)}
      {failure && (
        <p class="problem" role="alert">
          {failure}
        </p>
      )}
      <div class="row">
        <button type="submit" class="primary" disabled={busy}>
          {offline ? words.offlineSend : words.start}
        </button>
        {!required && (
          <button type="button" class="quiet" onClick={onSkip}>
            {words.skip}
          </button>
        )}
      </div>
    </form>
  );
}
