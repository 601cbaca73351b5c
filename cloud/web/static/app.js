// The frame around the pages: who is logged in, the line to the server, the way from page to page, and the stop.
import { html, render, useEffect, useState } from "./vendor/preact.mjs";
import { api, openLive } from "./lib.js";
import { Confirm } from "./dialog.js";
import { Benches } from "./pages/benches.js";
import { Runs, Run } from "./pages/runs.js";
import { Campaigns, Campaign } from "./pages/campaigns.js";
import { Audit } from "./pages/audit.js";
import { LogIn } from "./pages/login.js";

const PAGES = [
  { name: "benches", title: "Benches", page: Benches },
  { name: "campaigns", title: "Campaigns", page: ({ rest, ...all }) => (rest ? html`<${Campaign} name=${rest} ...${all} />` : html`<${Campaigns} ...${all} />`) },
  { name: "runs", title: "Runs", page: ({ rest, ...all }) => (rest ? html`<${Run} id=${rest} ...${all} />` : html`<${Runs} ...${all} />`) },
  { name: "audit", title: "Audit", page: Audit },
];

function place() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return { name: name || "benches", rest: rest.map(decodeURIComponent).join("/") };
}

function App() {
  const [me, setMe] = useState(undefined), [at, setAt] = useState(place());
  const [frame, setFrame] = useState(null), [up, setUp] = useState(false), [asking, setAsking] = useState(false);
  useEffect(() => { api("/session").then(setMe, () => setMe(null)); }, []);
  useEffect(() => { const go = () => setAt(place()); addEventListener("hashchange", go); return () => removeEventListener("hashchange", go); }, []);
  useEffect(() => (me ? openLive(setFrame, setUp) : undefined), [me?.name]);
  if (me === undefined) return null;
  if (me === null) return html`<${LogIn} done=${setMe} />`;
  const page = PAGES.find((one) => one.name === at.name) || PAGES[0];
  const mayAct = me.role !== "viewer";
  document.title = `${page.title} – adatom`;
  return html`
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById("main").focus(); }}>To the content</a>
    <header><a class="brand" href="#/benches"><img src="icon.svg" alt="" width="26" height="26" />adatom</a>
      <nav aria-label="pages">${PAGES.map((one) => html`<a href=${`#/${one.name}`} aria-current=${one === page ? "page" : null}>${one.title}</a>`)}</nav>
      <span class="who">${me.name} <small>${me.role}</small>${!me.demo && html` <button class="plain" onClick=${() => api("/session", { method: "DELETE" }).then(() => setMe(null))}>log out</button>`}</span>
      <button class="stop" disabled=${!mayAct} title=${mayAct ? "Stop every bench" : "Viewers cannot stop: use the button on the bench"} onClick=${() => setAsking(true)}>STOP</button>
    </header>
    ${me.demo && html`<p class="banner">Demo: nobody has logged in, and only this machine is served.</p>`}
    ${!up && html`<p class="banner bad" role="alert">No line to the server. What you see may be old.</p>`}
    <main id="main" tabindex="-1"><${page.page} rest=${at.rest} frame=${frame} me=${me} mayAct=${mayAct} up=${up} /></main>
    ${asking && html`<${Confirm} title="Stop every bench?" word="Stop now" danger ask="Why (for the record)"
      text="Runs are aborted, every bench makes itself safe, and no trial is begun until somebody lets the campaign go on."
      act=${(why) => api("/stop", { method: "POST", body: { why } })} close=${() => setAsking(false)} />`}`;
}

render(html`<${App} />`, document.body);
