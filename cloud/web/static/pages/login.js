import { html, useState } from "../vendor/preact.mjs";
import { api, Failure } from "../lib.js";

export function LogIn({ done }) {
  const [error, setError] = useState(null), [busy, setBusy] = useState(false);
  const go = async (event) => {
    event.preventDefault();
    const { name, password } = Object.fromEntries(new FormData(event.target));
    setBusy(true);
    try { done(await api("/session", { method: "POST", body: { name, password } })); } catch (failed) { setError(failed); setBusy(false); }
  };
  return html`<main class="login"><form onSubmit=${go}>
    <h1><img src="icon.svg" alt="" width="36" height="36" /> adatom</h1>
    <label>Name<input name="name" autocomplete="username" required maxlength="32" autofocus /></label>
    <label>Password<input name="password" type="password" autocomplete="current-password" required maxlength="200" /></label>
    <${Failure} error=${error} />
    <button class="primary" disabled=${busy}>Log in</button></form></main>`;
}
