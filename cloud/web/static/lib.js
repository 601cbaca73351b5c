// What every page uses: calls to the server, the live line, texts of numbers.
import { html, useEffect, useRef, useState } from "./vendor/preact.mjs";

let csrf = "";

/** The server's answer as JSON. Throws an Error with its word when it refuses, with `status`. */
export async function api(path, { method = "GET", body } = {}) {
  const headers = { ...(method === "GET" ? {} : { "X-CSRF-Token": csrf }), ...(body ? { "Content-Type": "application/json" } : {}) };
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw Object.assign(new Error("the server does not answer"), { status: 0 });
  }
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw Object.assign(new Error(wordOf(said) || `the server said ${answer.status}`), { status: answer.status });
  if (path === "/session" && said) csrf = said.csrf;
  return said;
}

function wordOf(said) {
  const detail = said?.detail;
  return Array.isArray(detail) ? detail.map((one) => `${one.loc?.slice(1).join(".")}: ${one.msg}`).join("; ") : detail;
}

/** [value, error, again] of a GET; asks anew when `path` or `token` changes, one question at a time. */
export function useGet(path, token = 0) {
  const [found, setFound] = useState([null, null]), [turn, setTurn] = useState(0), [answered, setAnswered] = useState(0);
  const now = useRef({ path: null, asking: false, missed: false });
  useEffect(() => {
    // an answer that is late is shown all the same: news may come faster than answers
    if (now.current.path === path && now.current.asking) { now.current.missed = true; return; }
    const mine = (now.current = { path, asking: true, missed: false });
    const end = (take) => (value) => {
      if (now.current !== mine) return;
      mine.asking = false;
      take(value);
      if (mine.missed) setAnswered((n) => n + 1);
    };
    api(path).then(end((value) => setFound([value, null])), end((error) => setFound(([old]) => [old, error])));
  }, [path, token, turn, answered]);
  useEffect(() => () => { now.current = {}; }, []);
  return [...found, () => setTurn((n) => n + 1)];
}

/** One line to the server for all pages; calls `take` with every frame and `up` with whether the line is there. */
export function openLive(take, up) {
  let source, timer;
  const open = () => {
    source = new EventSource("/api/v1/live");
    source.onopen = () => up(true);
    source.onmessage = (event) => { up(true); take(JSON.parse(event.data)); };
    source.onerror = () => {
      up(false);
      if (source.readyState === EventSource.CLOSED) { clearTimeout(timer); timer = setTimeout(open, 2000); }
    };
  };
  open();
  return () => { clearTimeout(timer); source.close(); };
}

export const number = (value, digits = 4) =>
  value === null || value === undefined ? "–" : Number(value).toLocaleString("en", { maximumSignificantDigits: digits, useGrouping: false });
export const when = (utcS) => utcS === null || utcS === undefined ? "–" : new Date(utcS * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
export const clock = (seconds) => {
  const s = Math.max(0, Math.round(seconds)), two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
};

export const Failure = ({ error }) => error && html`<p class="failure" role="alert">${error.message}</p>`;
export const Simulated = () => html`<b class="simulated" title="No real chamber made this">SIMULATED</b>`;
export const Waiting = ({ what }) => html`<p class="quiet" role="status">${what}</p>`;
