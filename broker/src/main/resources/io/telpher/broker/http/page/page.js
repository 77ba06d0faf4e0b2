// The shell: navigation, search, keys, colours, the token. Views are beside it.
import { html, render, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { start as startAccess, useAccess } from "./access.js";
import { setToken, token } from "./api.js";
import { start as startCluster, useCluster } from "./cluster.js";
import { about, start as startLive, useLive } from "./live.js";
import { go, useRoute } from "./route.js";
import { Dialogs, href } from "./ui.js";
import { Overview } from "./views/overview.js";
import { Queues } from "./views/queues.js";
import { Queue } from "./views/queue.js";
import { Task } from "./views/task.js";
import { Dlq } from "./views/dlq.js";
import { Search } from "./views/search.js";
import { Nodes } from "./views/nodes.js";
import { Audit, Broker, Scheduled, Workers } from "./views/others.js";

const VIEWS = [["overview", "Overview", "o"], ["queues", "Queues", "q"], ["search", "Tasks", "f"], ["dlq", "DLQ", "d"], ["scheduled", "Scheduled", "s"], ["workers", "Workers", "w"], ["broker", "Broker", "b"], ["nodes", "Nodes", "n"], ["audit", "Audit", "a"]];
const KEYS = [["/", "search"], ...VIEWS.map(([, title, key]) => ["g " + key, title]), ["j / k", "next, previous row"], ["Enter", "open the row's link"], ["t", "dark, light"], ["?", "this help"]];
const THEME = "telpher.theme";

function view(route, theme) {
  switch (route.view) {
    case "overview": return html`<${Overview} theme=${theme} />`;
    case "queues": return route.name ? html`<${Queue} key=${route.name} route=${route} theme=${theme} />` : html`<${Queues} route=${route} />`;
    case "tasks": return html`<${Task} key=${route.name} route=${route} />`;
    case "search": return html`<${Search} route=${route} />`;
    case "dlq": return html`<${Dlq} route=${route} />`;
    case "workers": return html`<${Workers} />`;
    case "scheduled": return html`<${Scheduled} route=${route} />`;
    case "broker": return html`<${Broker} />`;
    case "nodes": return html`<${Nodes} />`;
    case "audit": return html`<${Audit} route=${route} />`;
    default: return html`<h1 tabindex="-1">There is nothing here</h1><p><a href="#/">Overview</a></p>`;
  }
}

function SignIn() {
  const submit = (event) => {
    event.preventDefault();
    setToken(new FormData(event.target).get("token").trim());
  };
  return html`<h1 tabindex="-1">This broker asks for a token</h1>
    <form class="filter" onSubmit=${submit}><label>Token <input name="token" type="password" autocomplete="off" required /></label><button class="primary" type="submit">Sign in</button></form>
    <p class="mute">It is kept until this tab is closed${token() ? ". The one that was given is not accepted" : ""}.</p>`;
}

function Find() {
  const submit = (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get("find").trim();
    if (/^t-[0-9a-f]+$/.test(text)) go(["tasks", text]);
    else if (text && /[:"\s@{]/.test(text)) go(["search"], { q: text });
    else if (text) go(["queues"], { q: text });
    event.target.reset();
  };
  return html`<form role="search" aria-label="everywhere" class="find" onSubmit=${submit}><label class="hidden" for="find">Find a task or queue, or search tasks</label>
    <input id="find" name="find" placeholder="t-7f3a2, a queue, type:mail   /" autocomplete="off" spellcheck=${false} /></form>`;
}

function step(by) {
  const rows = [...document.querySelectorAll("main tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}

function useKeys(toggleTheme, help) {
  const pressedG = useRef(-Infinity); // outlives a render between the two keys
  useEffect(() => {
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
      const target = event.timeStamp - pressedG.current < 1_500 && VIEWS.find(([, , key]) => key === event.key);
      pressedG.current = event.key === "g" ? event.timeStamp : -Infinity; // when it was pressed: a busy page hears of it later
      if (target) go([target[0]]);
      else if (event.key === "/") document.getElementById("find").focus();
      else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
      else if (event.key === "t") toggleTheme();
      else if (event.key === "?") help();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [toggleTheme, help]);
}

function Help({ close }) {
  const box = useRef(null);
  useEffect(() => box.current.showModal(), []);
  return html`<dialog ref=${box} onClose=${close} aria-labelledby="keys"><h2 id="keys">Keys</h2><dl class="keys">${KEYS.map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <div class="buttons"><button type="button" autofocus onClick=${() => box.current.close()}>Close</button></div></dialog>`;
}

function Status() {
  const { status, problem } = useLive();
  const words = { live: "live", connecting: "connecting", lost: "not connected; trying again", refused: "refused" };
  return html`<span id="state" role="status" class=${status} title=${problem ?? ""}><span class=${"dot " + (status === "live" ? "good" : "bad")} aria-hidden="true"></span>${words[status]}</span>`;
}

function Shell() {
  const route = useRoute();
  const allowed = useAccess();
  const cluster = useCluster();
  const [theme, setTheme] = useState(localStorage.getItem(THEME) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  const [help, setHelp] = useState(false);
  const toggle = () => setTheme((before) => {
    const after = before === "dark" ? "light" : "dark";
    localStorage.setItem(THEME, after);
    return after;
  });
  document.documentElement.dataset.theme = theme;
  useKeys(toggle, () => setHelp(true));
  useEffect(() => about(route.view === "queues" && route.name ? { queue: route.name } : route.view === "tasks" ? { task: route.name } : {}), [route.view, route.name]);
  // Before anything is painted: later it would take the focus from whoever is already typing.
  useLayoutEffect(() => {
    document.title = [route.name, VIEWS.find(([name]) => name === route.view)?.[1] ?? "Task", "Telpher"].filter(Boolean).join(" · ");
    document.querySelector("main h1")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [route.view, route.name]);
  const asks = allowed.asks_for_token && allowed.roles.length === 0;
  const current = route.view === "tasks" ? "search" : route.view;
  return html`<a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>To the content</a>
    <header><a href="#/" class="name"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M2 4 22 8M12 6v4M6 10h12v8a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2zM6 14h12" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/></svg>Telpher</a>
      <${Find} /><${Status} />
      <button type="button" class="plain" onClick=${toggle} aria-label=${theme === "dark" ? "light colours" : "dark colours"}>${theme === "dark" ? "☀" : "☾"}</button>
      <button type="button" class="plain" onClick=${() => setHelp(true)} aria-label="keys">?</button>
      ${token() && html`<button type="button" class="plain" onClick=${() => setToken("")}>Sign out ${allowed.name}</button>`}</header>
    <nav class="main" aria-label="views">${VIEWS.filter(([name]) => name !== "nodes" || cluster).map(([name, title]) => html`<a key=${name} href=${name === "overview" ? "#/" : href(name)} aria-current=${current === name ? "page" : undefined}>${title}</a>`)}
      ${!asks && !allowed.roles.includes("admin") && html`<span class="mute">read only</span>`}</nav>
    <main id="main" tabindex="-1">${asks ? html`<${SignIn} />` : view(route, theme)}</main>
    ${help && html`<${Help} close=${() => setHelp(false)} />`}<${Dialogs} />`;
}

await startAccess();
startCluster();
startLive();
render(html`<${Shell} />`, document.getElementById("app"));
