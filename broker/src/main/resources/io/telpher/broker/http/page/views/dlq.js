import { html, useState } from "../lib.js";
import { download, parse, part, post, query } from "../api.js";
import { may } from "../access.js";
import { number } from "../format.js";
import { useLive } from "../live.js";
import { useLoad } from "../load.js";
import { address, go } from "../route.js";
import { Act, Failure, Heading, href, Pager, Section, Table, TaskLink, Time } from "../ui.js";
import { TaskTable } from "./tasks.js";

const PAGE = 25;
const FILTER = ["type", "error", "fingerprint", "older_than", "newer_than"];

function Choose({ queues }) {
  return html`<${Table} caption="queues with dead letters" keyOf=${(queue) => queue.queue} rows=${queues} none="No dead letters: every task so far ended well, or is still tried." columns=${[
    { title: "Queue", head: true, cell: (queue) => html`<a href=${href("dlq", queue.queue)}>${queue.queue}</a>` },
    { title: "Dead letters", n: true, cell: (queue) => number(queue.dead) }, { title: "Ready", n: true, cell: (queue) => number(queue.ready) }]} />`;
}

/** Each leads to its letters; what else the filter says still holds. */
function Groups({ groups, name, query, chosen }) {
  return html`<${Table} caption="kinds of error" keyOf=${(group) => group.type + "|" + group.fingerprint} rows=${groups} none="No dead letters." columns=${[
    { title: "Kind of error", wide: true, head: true, cell: (group) => html`<a class="mono" href=${address(["dlq", name], { ...query, error: undefined, after: undefined, fingerprint: group.fingerprint })}
      aria-current=${chosen === group.fingerprint ? "true" : undefined}>${String(group.fingerprint || "(no text)")}</a>` },
    { title: "Type", cell: (group) => String(group.type || "several") }, { title: "Count", n: true, cell: (group) => number(group.count) },
    { title: "First seen", cell: (group) => html`<${Time} at=${group.first_seen} ago />` }, { title: "Last seen", cell: (group) => html`<${Time} at=${group.last_seen} ago />` },
    { title: "Example", cell: (group) => html`<${TaskLink} id=${group.example_task_id} />` }]} />`;
}

function Filter({ route, name }) {
  const set = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    go(["dlq", name], Object.fromEntries(form));
  };
  const field = (key, label, placeholder) => html`<label>${label} <input name=${key} value=${route.query[key] ?? ""} placeholder=${placeholder} spellcheck=${false} /></label>`;
  return html`<form class="filter" onSubmit=${set} key=${JSON.stringify(route.query)}>
    ${field("type", "Type", "mail")} ${route.query.fingerprint ? field("fingerprint", "Kind of error", "") : field("error", "Error has", "timeout")}
    ${field("older_than", "Older than", "2h")} ${field("newer_than", "Newer than", "1d")}
    <button type="submit">Filter</button> <a href=${href("dlq", name)}>Clear</a></form>`;
}

function Actions({ name, filter, matched, chosen, reload }) {
  const path = "/queues/" + part(name) + "/dlq/";
  const [canary, setCanary] = useState("");
  const [perSecond, setPerSecond] = useState("");
  const which = chosen.size ? { task_ids: [...chosen] } : filter;
  const words = chosen.size ? number(chosen.size) + " selected" : "all that match";
  const [patch, setPatch] = useState("");
  const [preview, setPreview] = useState(null);
  const terms = { ...(canary ? { canary: Number(canary) } : {}), ...(perSecond ? { rate_per_second: Number(perSecond) } : {}) };
  const merge = () => {
    if (!patch.trim()) return {};
    try {
      return { merge_patch: parse(patch) };
    } catch (failure) {
      throw new Error("The patch is not JSON: " + failure.message);
    }
  };
  const disabled = !may("admin", name) || (matched === 0 && !chosen.size);
  const dryRun = async () => {
    setPreview(null);
    const answer = await post(path + "replay", { ...which, ...merge(), ...(patch.trim() ? { preview: 5 } : {}), dry_run: true });
    setPreview(answer.preview ?? null);
    return "A replay would take " + number(answer.replayed) + (answer.refused ? "; " + number(answer.refused) + " can't be patched, and would stay dead" : "");
  };
  /** Asked with the number, as it is now. */
  const question = (verb, text) => async () => {
    const answer = await post(path + verb, { ...which, dry_run: true });
    const count = answer.replayed ?? answer.discarded;
    const what = number(count) + (count === 1 ? " dead letter" : " dead letters");
    return { title: (verb === "replay" ? "Replay " : "Discard ") + what + " of " + name + "?", text, yes: (verb === "replay" ? "Replay " : "Discard ") + number(count) };
  };
  const replay = async () => {
    const answer = await post(path + "replay", { ...which, ...terms, ...merge() });
    reload();
    return answer.replay_id ? "Replay " + answer.replay_id + " goes on by itself" : number(answer.replayed) + " replayed";
  };
  const discard = async () => {
    const answer = await post(path + "discard", which);
    reload();
    return number(answer.discarded) + " discarded";
  };
  const save = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await download(path + "export" + query(filter)));
    link.download = name + "-dlq.jsonl";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return html`<div class="filter" role="group" aria-label="actions">
    <label>Canary first <input type="number" min="0" value=${canary} placeholder="0" onInput=${(event) => setCanary(event.target.value)} /></label>
    <label>At most a second <input type="number" min="0" value=${perSecond} placeholder="no limit" onInput=${(event) => setPerSecond(event.target.value)} /></label>
    <${Act} label=${"Replay " + words} primary disabled=${disabled} run=${replay} done=${(text) => text} question=${question("replay", "They are made ready again with fresh attempts, which can't be undone." + (patch.trim() ? " Their payloads are patched before." : "") + (canary ? " The first " + canary + " go ahead; the rest follow only when these complete." : ""))} />
    <${Act} label="Dry run" disabled=${disabled} run=${dryRun} done=${(text) => text} />
    <${Act} label=${"Discard " + words} danger disabled=${disabled} run=${discard} done=${(text) => text} question=${question("discard", "They can't be replayed afterwards: this can't be undone.")} />
    <${Act} label="Export" run=${save} done="Saved as JSON lines" disabled=${!may("read", name)} />
    <details class="wide"><summary>Patch the payloads</summary>
      <label class="block">JSON merge patch for the payload of each: fields are set, those with null removed <textarea rows="3" spellcheck=${false} value=${patch} placeholder=${'{"host": "new.example.org", "old_field": null}'} onInput=${(event) => setPatch(event.target.value)}></textarea></label>
      <p class="mute">Dry run shows what comes of the first ones. Payloads that are not JSON objects are left as they are, and dead.</p>
      ${preview && html`<${Table} caption="payloads before and after" keyOf=${(row) => row.task_id} rows=${preview} columns=${[
        { title: "Task", head: true, cell: (row) => html`<${TaskLink} id=${row.task_id} />` },
        { title: "Payload", wide: true, cell: (row) => html`<span class="mono">${JSON.stringify(row.payload ?? row.payload_base64)}</span>` },
        { title: "Patched", wide: true, cell: (row) => (row.refused ? String(row.refused) : html`<span class="mono">${JSON.stringify(row.patched)}</span>`) }]} />`}</details></div>`;
}

/** Another payload for one dead letter, and its replay. */
export function Patch({ name, id, reload }) {
  const [text, setText] = useState(null);
  const path = "/tasks/" + part(id) + "?payload=true";
  const { values } = useLoad([path]);
  const shown = text ?? JSON.stringify(values?.[0]?.payload ?? null, null, 2);
  const run = () => post("/queues/" + part(name) + "/dlq/replay", { task_ids: [id], payload: parse(shown) }).then(reload);
  return html`<${Section} title=${"Replay " + id + " with another payload"}>
    <label class="block">Payload as JSON <textarea rows="6" spellcheck=${false} value=${shown} onInput=${(event) => setText(event.target.value)}></textarea></label>
    <${Act} label="Replay patched" primary disabled=${!may("admin", name)} run=${run} done="Replayed with the new payload" /><//>`;
}

function Runs({ runs, name, reload }) {
  return html`<${Section} title="Replays under way and before"><${Table} caption="replays" keyOf=${(run) => run.replay_id} rows=${runs} columns=${[
    { title: "Replay", head: true, cell: (run) => run.replay_id }, { title: "State", cell: (run) => String(run.state) },
    { title: "Replayed", n: true, cell: (run) => number(run.replayed) + " of " + number(run.matched) },
    { title: "Canary", n: true, cell: (run) => (run.canary ? run.canary_completed + " of " + run.canary + (run.canary_failed ? ", " + run.canary_failed + " failed" : "") : "–") },
    { title: "Started", cell: (run) => html`<${Time} at=${run.started_at} ago />` }, { title: "Note", wide: true, cell: (run) => String(run.note ?? "") },
    { title: "", cell: (run) => (run.ended_at ? "" : html`<${Act} label="Stop" disabled=${!may("admin", name)} run=${() => post("/queues/" + part(name) + "/dlq/replays/" + part(run.replay_id) + "/stop").then(reload)} done="Stopped" />`) }]} /><//>`;
}

function Letters({ route, name }) {
  const filter = Object.fromEntries(FILTER.filter((key) => route.query[key]).map((key) => [key, route.query[key]]));
  const cursors = (route.query.after ?? "").split(",").filter(Boolean);
  const base = "/queues/" + part(name) + "/dlq";
  const { fingerprint, ...others } = filter;
  const { values, failure, reload } = useLoad([base + "/groups" + query(others), base + query({ ...filter, limit: PAGE, after: cursors[cursors.length - 1] }), base + "/replays"], 5_000, [404]);
  const [ids, setIds] = useState(new Set());
  const toggle = (id) => setIds((before) => {
    const after = new Set(before);
    if (!after.delete(id)) after.add(id);
    return after;
  });
  const again = () => {
    setIds(new Set());
    reload();
  };
  const page = values?.[1];
  const to = (list) => go(["dlq", name], { ...route.query, after: list.join(",") }, true);
  return html`
    <${Failure} failure=${failure} />
    ${values?.[0] && html`<${Groups} groups=${values[0].groups} name=${name} query=${route.query} chosen=${fingerprint} />`}
    <${Section} title="Preview"><${Filter} route=${route} name=${name} />
      ${page && html`<${Actions} name=${name} filter=${filter} matched=${page.tasks.length} chosen=${ids} reload=${again} />
        <${TaskTable} caption="dead letters" tasks=${page.tasks} none="None match." choose=${{ ids, toggle }} />
        <${Pager} label="dead letters" hasPrevious=${cursors.length > 0} hasNext=${page.next !== null} onPrevious=${() => to(cursors.slice(0, -1))} onNext=${() => to([...cursors, page.next])} />`}<//>
    ${ids.size === 1 && html`<${Patch} key=${[...ids][0]} name=${name} id=${[...ids][0]} reload=${again} />`}
    ${values?.[2]?.replays.length > 0 && html`<${Runs} runs=${values[2].replays} name=${name} reload=${reload} />`}`;
}

export function Dlq({ route }) {
  const live = useLive();
  if (route.name) return html`<${Heading}>Dead letters of <a href=${href("queues", route.name)}>${route.name}</a><//><${Letters} key=${route.name} route=${route} name=${route.name} />`;
  const queues = [...live.queues.values()].filter((queue) => queue.dead > 0).sort((a, b) => b.dead - a.dead);
  return html`<${Heading}>Dead letters<//>${live.whole ? html`<${Choose} queues=${queues} />` : html`<p class="empty">Loading…</p>`}`;
}
