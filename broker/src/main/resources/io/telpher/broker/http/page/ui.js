// Parts that views are made of. Every text of others goes through String(): an object as a child would be taken for an element.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { moment, relative } from "./format.js";
import { now } from "./live.js";

export const href = (...segments) => "#/" + segments.map(encodeURIComponent).join("/");

export const QueueLink = ({ name }) => html`<a href=${href("queues", name)}>${String(name)}</a>`;
export const TaskLink = ({ id }) => html`<a class="mono" href=${href("tasks", id)}>${String(id)}</a>`;

const TONES = { ready: "wait", scheduled: "wait", retry_wait: "warn", active: "run", completed: "good", dead: "bad", expired: "bad", discarded: "mute", cancelled: "mute" };
const WORDS = { retry_wait: "retry later", active: "running", dead: "dead letter" };
export const stateWord = (state) => WORDS[state] ?? state;
export const State = ({ state }) => html`<span class=${"state " + (TONES[state] ?? "mute")}>${stateWord(state)}</span>`;

export function Time({ at, ago }) {
  if (!at) return html`<span class="mute">–</span>`;
  return html`<time datetime=${at} title=${at}>${ago ? relative(at, now()) : moment(at)}</time>`;
}

export const Tile = ({ label, value, note, tone }) => html`
  <div class=${"tile " + (tone ?? "")}><dt>${label}</dt><dd>${value}${note ? html`<small>${note}</small>` : ""}</dd></div>`;

export const Tiles = ({ children }) => html`<dl class="tiles">${children}</dl>`;

export const Text = ({ children, tone }) => html`<pre class=${tone ?? ""} tabindex="0">${String(children)}</pre>`;

export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

export function Failure({ failure }) {
  if (!failure) return "";
  return html`<div class="failure" role="alert"><strong>${failure.code || "Sorry"}</strong> ${failure.message}${failure.hint ? html`<br /><span>${failure.hint}.</span>` : ""}</div>`;
}

/**
 * columns: { title, cell(row), n (a number), wide (wraps), sort (a name), head (first column's cell is a row header) }
 */
export function Table({ caption, columns, rows, keyOf, sort, onSort, none }) {
  if (rows.length === 0) return html`<${Empty}>${none ?? "None."}<//>`;
  const head = (column) => {
    const isSorted = sort && sort.by === column.sort;
    const kind = column.n ? "n" : "";
    if (!column.sort || !onSort) return html`<th scope="col" class=${kind}>${column.title}</th>`;
    return html`<th scope="col" class=${kind} aria-sort=${isSorted ? (sort.down ? "descending" : "ascending") : "none"}>
      <button type="button" class="sort" onClick=${() => onSort({ by: column.sort, down: isSorted ? !sort.down : Boolean(column.n) })}>
        ${column.title}<span aria-hidden="true">${isSorted ? (sort.down ? " ↓" : " ↑") : ""}</span></button></th>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table><caption class="hidden">${caption}</caption>
      <thead><tr>${columns.map(head)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${keyOf(row)}>${columns.map((column) => {
        const kind = (column.n ? "n " : "") + (column.wide ? "wide" : "");
        return column.head ? html`<th scope="row" class=${kind}>${column.cell(row)}</th>` : html`<td class=${kind} data-label=${column.title}>${column.cell(row)}</td>`;
      })}</tr>`)}</tbody></table></div>`;
}

/** A page of a list whose length nobody knows: the cursors that led here are kept. */
export function Pager({ hasPrevious, hasNext, onPrevious, onNext, label }) {
  if (!hasPrevious && !hasNext) return "";
  return html`<nav class="pager" aria-label=${"pages of " + label}>
    <button type="button" disabled=${!hasPrevious} onClick=${onPrevious}>← Previous</button>
    <button type="button" disabled=${!hasNext} onClick=${onNext}>Next →</button></nav>`;
}

// ---- asking and telling

let ask = null;
let toast = null;

/** Resolves to { text } when the person agrees, else to null; { title, text, yes, danger }, and { label, value } of a field when a text is asked for. */
export const confirmed = (question) => new Promise((resolve) => ask({ ...question, resolve }));

/** How long what was done can be undone, where it can; "for 20 seconds" in what people are asked. */
const UNDO_MS = 20_000;

/** Says what came of it, to eyes and ears; with a button for a while when `undo` undoes it and resolves to what came of that. */
export const say = (text, tone = "good", undo = null) => toast({ text, tone, undo, at: Date.now() });

export function Dialogs() {
  const [question, setQuestion] = useState(null);
  const [said, setSaid] = useState(null);
  ask = setQuestion;
  toast = setSaid;
  const dialog = useRef(null);
  useLayoutEffect(() => {
    if (question) dialog.current.showModal();
  }, [question]);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(null), said.undo ? UNDO_MS : said.tone === "bad" ? 12_000 : 5_000);
    return () => clearTimeout(timer);
  }, [said]);
  const answer = (agreed) => {
    question.resolve(agreed);
    setQuestion(null);
  };
  const undo = async () => {
    setSaid(null);
    try {
      say(await said.undo());
    } catch (failure) {
      say(failure.message + (failure.hint ? ". " + failure.hint : ""), "bad");
    }
  };
  const submit = (event) => {
    event.preventDefault();
    answer({ text: new FormData(event.target).get("text")?.trim() ?? "" });
  };
  return html`
    ${question && html`<dialog ref=${dialog} aria-labelledby="question" onCancel=${() => answer(null)}><form onSubmit=${submit}>
      <h2 id="question">${question.title}</h2>${question.text && html`<p>${question.text}</p>`}
      ${question.field && html`<label class="block">${question.field.label} <textarea name="text" rows="3" maxlength="1000" autofocus defaultValue=${question.field.value ?? ""}></textarea></label>`}
      <div class="buttons"><button type="button" autofocus=${!question.field} onClick=${() => answer(null)}>Keep as it is</button>
        <button type="submit" class=${question.danger ? "danger" : "primary"}>${question.yes}</button></div></form></dialog>`}
    <div class="toasts" role="status" aria-live="polite">${said && html`<div class=${"toast " + said.tone}>${said.text}
      ${said.undo && html`<button type="button" onClick=${undo}>Undo</button>`}
      <button type="button" class="plain" aria-label="dismiss" onClick=${() => setSaid(null)}>×</button></div>`}</div>`;
}

/** A button that does something at the broker: asks first when told to, by `question` or what that comes to, whose text it gives to `run`, is off meanwhile, says how it went: `done` is a text, or comes to one or to { text, undo }. */
export function Act({ label, run, question, danger, primary, disabled, done }) {
  const [busy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    try {
      const asked = typeof question === "function" ? await question() : question;
      const agreed = asked ? await confirmed({ yes: label, danger, ...asked }) : { text: "" };
      if (!agreed) return;
      const result = await run(agreed.text);
      const said = typeof done === "function" ? done(result) : done ?? label + ": done";
      say(said.text ?? said, "good", said.undo);
    } catch (failure) {
      say(failure.message + (failure.hint ? ". " + failure.hint : ""), "bad");
    } finally {
      setBusy(false);
    }
  };
  return html`<button type="button" class=${danger ? "danger" : primary ? "primary" : ""} disabled=${disabled || busy} onClick=${press}>${label}</button>`;
}

export function Copy({ label, text }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied: " + (text.length > 80 ? text.slice(0, 77) + "…" : text));
    } catch (failure) {
      say("the browser does not let this page copy: " + failure.message, "bad");
    }
  };
  return html`<button type="button" onClick=${copy}>${label}</button>`;
}

export const Heading = ({ children, actions }) => html`<div class="heading"><h1 tabindex="-1">${children}</h1><div class="buttons">${actions}</div></div>`;

export const Section = ({ title, children, aside }) => html`<section><div class="heading"><h2>${title}</h2>${aside ?? ""}</div>${children}</section>`;
