/** Asks for the token. It is sent nowhere but in the Authorization header of this service's own requests. */
import { useState } from 'preact/hooks';
import type { Words } from './words/words.ts';

interface LoginProps {
  words: Words;
  /** Rejected tokens: why. */
  error?: string | undefined;
  onToken?: (token: string) => Promise<void>;
}

export function Login({ words: { intro, login }, error, onToken }: LoginProps) {
  const [token, setToken] = useState('');
  const [checking, setChecking] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (token.trim() === '' || checking) return;
    setChecking(true);
    await onToken?.(token.trim());
    setChecking(false);
  };
  return (
    <form class="card login" onSubmit={submit}>
      <p>{intro}</p>
      <label for="token">{login.label}</label>
      <div class="row">
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="token-help token-error"
          aria-invalid={error ? 'true' : undefined}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={checking}>
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
