// The page at a broker that asks for a token: node tokens.mjs URL READER OPERATOR TEAM, the tokens of who may read, change anything, and change queue mail only.
import { Agent, request } from "node:http";
import { expect, launch, run, until, visit } from "./chromium.mjs";

const [base, reader, operator, team] = process.argv.slice(2);
const { page, end } = await launch();
const asks = [];
page.on("request", (request) => { if (request.method() !== "GET") asks.push(request.method() + " " + request.url()); });

const api = async (token, path, body, method = "POST") => {
  const headers = { "Content-Type": "application/json", Authorization: "Bearer " + token };
  const response = await fetch(base + "/api/v1" + path, body === undefined ? { headers } : { method, headers, body: JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
};
const main = () => page.locator("main");
const button = (name) => main().getByRole("button", { name, exact: true });
const open = (hash) => visit(page, base + "/" + hash);
const shown = async (hash, text) => {
  await open(hash);
  await until(async () => (await main().innerText()).includes(text), text + " in " + hash);
};
const signIn = async (token) => {
  await open("#/");
  if (await page.getByRole("button", { name: /^Sign out/ }).count()) await page.getByRole("button", { name: /^Sign out/ }).click();
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
};
const signedIn = async (token, name) => {
  await signIn(token);
  await page.getByRole("button", { name: "Sign out " + name }).waitFor();
  await page.locator("#state.live").waitFor();
};
const id = (await api(operator, "/tasks", { type: "t", queue: "mail", payload: 1 })).json.task_id;
const other = (await api(operator, "/tasks", { type: "t", queue: "reports", payload: 1 })).json.task_id;
const buried = (await api(operator, "/tasks", { type: "t", queue: "dead", payload: 1 })).json.task_id;
const [task] = (await api(operator, "/queues/dead/reserve", { max: 1 })).json.tasks;
await api(operator, "/tasks/" + buried + "/nack", { lease_id: task.lease_id, error: "no luck", permanent: true });

const tests = {
  "asks for a token, and shows nothing before": async () => {
    await open("#/queues/mail");
    await page.locator("main h1", { hasText: "This broker asks for a token" }).waitFor();
    expect(!(await page.locator("body").innerText()).includes(id), "no task is seen");
  },
  "says when a token is not accepted": async () => {
    await signIn("tq_0000_nobody");
    await until(async () => (await main().innerText()).includes("The one that was given is not accepted"), "it says so");
  },
  "says to a reader that it may only read": async () => {
    await signedIn(reader, "reader");
    await page.locator("nav.main", { hasText: "read only" }).waitFor();
    await shown("#/queues/mail", "Slots needed");
  },
  "lets a reader change nothing": async () => {
    asks.length = 0;
    await shown("#/queues/mail", "Slots needed");
    expect(await button("Pause").isDisabled(), "no pause");
    await shown("#/tasks/" + id, "Timeline");
    expect(await button("Cancel task").isDisabled(), "no cancel");
    await shown("#/tasks/" + buried, "Timeline");
    expect(await button("Replay").isDisabled() && await button("Discard").isDisabled(), "no replay, no discard");
    await shown("#/dlq/dead", "Kind of error");
    for (const name of await main().getByRole("button", { name: /^(Replay|Discard)/ }).all()) expect(await name.isDisabled(), "off: " + (await name.innerText()));
    expect(asks.length === 0, "it asked for " + asks.join(", "));
    expect((await api(reader, "/queues/mail/pause", {})).status === 403, "the broker refuses, whatever a page offers");
  },
  "lets an operator drain a worker, and nobody else": async () => {
    // fetch closes a connection that rests for 4 s, and with it goes the worker; an agent of our own keeps it.
    const agent = new Agent({ keepAlive: true });
    const answered = new Promise((resolve, reject) => {
      const headers = { "Content-Type": "application/json", Authorization: "Bearer " + operator };
      const reserve = request(base + "/api/v1/queues/none/reserve", { agent, method: "POST", headers }, (response) => response.resume().on("end", resolve));
      reserve.on("error", reject);
      reserve.end(JSON.stringify({ worker: "held", wait_ms: 60_000 }));
    });
    const held = async () => (await api(reader, "/workers")).json.workers.find((worker) => worker.worker === "held");
    await until(held, "the worker is there");
    const row = main().getByRole("row").filter({ hasText: "held" });
    await shown("#/workers", "Last heard");
    for (const one of await main().getByRole("button", { name: "Drain", exact: true }).all()) expect(await one.isDisabled(), "a reader drains nobody");
    await signedIn(team, "team");
    await shown("#/workers", "Last heard");
    for (const one of await main().getByRole("button", { name: "Drain", exact: true }).all()) expect(await one.isDisabled(), "a team that may change one queue drains nobody");
    await signedIn(operator, "operator");
    await shown("#/workers", "Last heard");
    await row.getByRole("button", { name: "Drain", exact: true }).click();
    await page.locator("dialog").getByRole("button", { name: "Drain", exact: true }).click();
    await until(async () => (await held()).draining, "draining at the broker");
    await until(async () => (await row.innerText()).includes("draining"), "the view says so");
    await row.getByRole("button", { name: "Resume", exact: true }).click();
    await until(async () => !(await held()).draining, "undone at the broker");
    await answered;
    agent.destroy();
    const entry = (await api(operator, "/audit?limit=10")).json.entries.find((one) => one.action === "DRAIN_WORKER");
    expect(entry.who === "operator" && JSON.stringify(entry).includes("undone"), "the audit log has it: " + JSON.stringify(entry));
    await signedIn(reader, "reader");
  },
  "keeps the audit log from a reader, and says why": async () => {
    await shown("#/audit", "role admin");
  },
  "lets an operator act": async () => {
    await signedIn(operator, "operator");
    expect(!(await page.locator("nav.main").innerText()).includes("read only"), "not read only");
    await shown("#/queues/mail", "Slots needed");
    await button("Pause").click();
    await page.locator("dialog").getByRole("button", { name: "Pause", exact: true }).click();
    await until(async () => (await api(reader, "/queues/mail")).json.paused, "paused at the broker");
    await button("Resume").click();
    await until(async () => !(await api(reader, "/queues/mail")).json.paused, "resumed at the broker");
    await shown("#/audit", "PAUSE_QUEUE");
  },
  "lets a team act on its own queue only": async () => {
    await signedIn(team, "team");
    await shown("#/tasks/" + id, "Timeline");
    expect(await button("Cancel task").isEnabled(), "its own");
    await shown("#/tasks/" + other, "Timeline");
    expect(await button("Cancel task").isDisabled(), "another team's");
    await shown("#/tasks/" + id, "Timeline");
    await button("Cancel task").click();
    await page.locator("dialog").getByRole("button", { name: "Cancel task", exact: true }).click();
    await page.locator("h1 .state", { hasText: "cancelled" }).waitFor();
  },
  "forgets the token when told to": async () => {
    await page.getByRole("button", { name: "Sign out team" }).click();
    await page.locator("main h1", { hasText: "This broker asks for a token" }).waitFor();
    expect(await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])).then((kept) => !kept.includes("tq_")), "nothing is kept");
  },
};
await end(await run(tests, page, "", () => {}));
