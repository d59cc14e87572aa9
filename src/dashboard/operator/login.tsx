/** Asks for the token. It is sent nowhere but in the Authorization header of this service's own requests. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Words } from './words/words.ts';

interface LoginProps {
  words: Words;
  /** Rejected tokens: why. */
  error?: string | undefined;
  onToken?: (token: string) => Promise<void>;
}

export function Login({ words: { intro, login }, error, onToken }: LoginProps) {
  // Not a state: what somebody typed before the script was there would be lost.
  const input = useRef<HTMLInputElement>(null);
  // A form that the server rendered would be submitted by the browser, which sends the token nowhere and forgets it.
  const [isReady, setReady] = useState(false);
  const [checking, setChecking] = useState(false);
  useEffect(() => setReady(true), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const token = input.current?.value.trim();
    if (!token || checking) return;
    setChecking(true);
    await onToken?.(token);
    setChecking(false);
  };
  return (
    <form class="card login" onSubmit={submit}>
      <p>{intro}</p>
      <label for="token">{login.label}</label>
      <div class="row">
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="token-help token-error"
          aria-invalid={error ? 'true' : undefined}
        />
        <button type="submit" class="primary" disabled={checking || !isReady}>
          {checking ? login.entering : login.enter}
        </button>
      </div>
      <p id="token-error" class="bad" role="alert">
        {error}
      </p>
      <p id="token-help" class="note">
        {login.help}
      </p>
    </form>
  );
}
