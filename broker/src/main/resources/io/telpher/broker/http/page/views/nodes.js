// The nodes of a cluster, as the node that served this page knows them.
import { html } from "../lib.js";
import { mayEverywhere, useAccess } from "../access.js";
import { post } from "../api.js";
import { bytes, duration, ms, number } from "../format.js";
import { useLoad } from "../load.js";
import { Act, Empty, Failure, Heading, Table, Tile, Tiles } from "../ui.js";

/** Nodes report once a second. */
const SILENT_MS = 10_000;

const clock = (node, status) => (node.id === status.node ? "0 ms" : (node.report.clock_skew_ms > 0 ? "+" : node.report.clock_skew_ms < 0 ? "−" : "") + ms(Math.abs(node.report.clock_skew_ms)));

const STATES = { equal: "good", different: "bad", undecided: "warn" };

/** What the last check of all states says of a node, and up to which record. */
const verified = (node) => (STATES[node.state] && node.report?.check
  ? html`<span class=${"state " + STATES[node.state]}>${String(node.state)}</span> <small class="mono mute">${"record " + number(node.report.check.sequence)}</small>`
  : "–");

function Standing({ node }) {
  if (!node.report) return html`<span class="state mute">not heard of yet</span>`;
  if (node.report.silent_ms > SILENT_MS) return html`<span class="state bad">silent</span>`;
  return html`<span class=${"state " + (node.leads ? "good" : "mute")}>${node.leads ? "leads" : String(node.report.role)}</span>${node.report.has_room ? "" : html` <span class="state warn">disk nearly full</span>`}`;
}

export function Nodes() {
  useAccess();
  const { values, failure, reload } = useLoad(["/cluster"], 2_000, [404]);
  const status = values?.[0];
  if (!status) return html`<${Heading}>Nodes<//><${Failure} failure=${failure} />${values && html`<${Empty}>This broker is no node of a cluster.<//>`}`;
  // The leader hands over itself: this page's node, or another one, whose page can be opened.
  const admin = mayEverywhere("admin") && status.leader === status.node;
  const said = (cell) => (node) => (node.report ? cell(node.report, node) : "–");
  const lead = (to) => () => post("/cluster/transfer", to ? { to } : {}).then(reload);
  const act = (node) => (node.leads
    ? html`<${Act} label="Step down" disabled=${!admin} run=${lead("")} done=${node.id + " hands over to another node"}
        question=${{ title: "Have another node lead in the place of " + node.id + "?", text: "Clients reconnect to it; what is under way is asked again by them. It takes less than a second, mostly." }} />`
    : html`<${Act} label="Make it lead" disabled=${!admin || !node.report} run=${lead(node.id)} done=${node.id + " is to lead"}
        question=${{ title: "Have " + node.id + " lead?", text: "Clients reconnect to it; what is under way is asked again by them. It takes less than a second, mostly." }} />`);
  return html`<${Heading}>Nodes<//><${Failure} failure=${failure} />
    ${status.warnings.map((warning) => html`<p class="strip warn" key=${warning}><span class="dot warn" aria-hidden="true"></span>${String(warning)}</p>`)}
    <${Tiles}>
      <${Tile} label="Cluster" value=${String(status.name)} note=${"this is " + status.node} />
      <${Tile} label="Leads" value=${status.leader ? String(status.leader) : "no node"} tone=${status.leader ? "" : "bad"} note=${status.leader ? "term " + number(status.term) : "for " + ms(status.leaderless_ms)} />
      <${Tile} label="Changes of leaders" value=${number(status.leader_changes)} note="since this node's start" />
      <${Tile} label="Shared log" value=${bytes(status.log_bytes)} note="on this node's disk" /><//>
    ${status.leader && status.leader !== status.node && html`<p class="mute">Another node is made to lead on the page of ${String(status.leader)}, which leads.</p>`}
    <${Table} caption="nodes" keyOf=${(node) => node.member} rows=${status.nodes} columns=${[
      { title: "Node", head: true, cell: (node) => html`${String(node.id)}${node.member === node.id ? "" : html` <small class="mono mute">${String(node.member)}</small>`}` },
      { title: "Role", cell: (node) => html`<${Standing} node=${node} />` },
      { title: "Term", n: true, cell: said((report) => number(report.term)) },
      { title: "Behind", n: true, cell: (node) => (node.lag < 0 ? "–" : number(node.lag)) },
      { title: "Applied", n: true, cell: said((report) => number(report.applied_index)) },
      { title: "State", cell: verified },
      { title: "Disk free", n: true, cell: said((report) => bytes(report.free_bytes)) },
      { title: "Clock", n: true, cell: said((report, node) => clock(node, status)) },
      { title: "Last heard", n: true, cell: said((report) => duration(report.silent_ms / 1000) + " ago") },
      { title: "Version", cell: said((report) => String(report.version)) },
      { title: "Node link", cell: (node) => html`<small class="mono mute">${String(node.address)}</small>` },
      { title: "Change", cell: act }]} />`;
}
