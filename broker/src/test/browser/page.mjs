// The page in a real browser, against a real broker with work behind it: node page.mjs URL [PICTURES]. A line "ok NAME" or "not ok NAME: why" each.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, launch, run, until, visit } from "./chromium.mjs";

const [base, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { browser, page, end } = await launch();
const errors = [];
let ran = 0;
await page.exposeFunction("scriptRan", () => ran++);
page.on("pageerror", (failure) => errors.push(failure.message));
page.on("dialog", (dialog) => { ran++; dialog.dismiss(); });

const api = async (path, body, method = "POST") => {
  const response = await fetch(base + "/api/v1" + path, { method: body === undefined ? "GET" : method, headers: { "Content-Type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!response.ok) throw new Error(path + ": " + (await response.text()));
  return response.json();
};
const main = () => page.locator("main");
const open = async (hash) => {
  await visit(page, base + "/" + hash);
  await page.locator("#state.live").waitFor();
  await until(async () => !(await main().innerText()).includes("Loading…"), "loaded");
};
const press = async (name) => page.locator("main").getByRole("button", { name, exact: true }).click();
const agree = async (name) => page.locator("dialog").getByRole("button", { name, exact: true }).click();

const tests = {};
const dead = await api("/queues/mail/dlq?limit=10");
const done = await api("/tasks?state=completed&queue=mail&limit=1");
const id = dead.tasks[0].task_id;
const VIEWS = { overview: ["#/", "Busiest queues"], queues: ["#/queues", "mail"], queue: ["#/queues/mail", "Slots needed"], task: ["#/tasks/" + id, "Timeline"], completed: ["#/tasks/" + done.tasks[0].task_id, "Result"],
  dlq: ["#/dlq", "mail"], letters: ["#/dlq/mail", "Kind of error"], workers: ["#/workers", "Last heard"], search: ["#/search?q=" + encodeURIComponent("queue:mail state:dead"), "Looked at"], scheduled: ["#/scheduled", "was submitted for later"], broker: ["#/broker", "Configuration"], audit: ["#/audit", "Audit"] };

for (const [name, [hash, text]] of Object.entries(VIEWS)) {
  tests["shows " + name] = async () => {
    await open(hash);
    await until(async () => (await main().innerText()).includes(text), "\"" + text + "\" in " + (await main().innerText()).slice(0, 300));
    expect(errors.length === 0, errors.join("; "));
  };
  for (const theme of ["light", "dark"]) {
    tests["has no barrier in " + name + ", " + theme] = async () => {
      await page.evaluate((wanted) => localStorage.setItem("telpher.theme", wanted), theme);
      await page.goto("about:blank");
      await open(hash);
      await until(async () => (await main().innerText()).includes(text), text);
      // Of all rules only that of contrast sees the theme; the others see the same elements in both.
      const rules = theme === "dark" ? ", runOnly: ['color-contrast']" : "";
      const found = await page.evaluate(axe + "; axe.run({ resultTypes: ['violations']" + rules + " })");
      const bad = found.violations;
      expect(bad.length === 0, bad.map((each) => each.id + " at " + each.nodes[0].html.slice(0, 160) + " " + (each.nodes[0].any[0]?.message ?? "")).join("; "));
      if (pictures && (theme === "light" || ["overview", "letters"].includes(name))) await page.screenshot({ path: join(pictures, name + (theme === "dark" ? "-dark" : "") + ".png") });
    };
  }
  tests["fits a phone: " + name] = async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open(hash);
    await until(async () => (await main().innerText()).includes(text), text);
    const [wide, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (pictures && ["overview", "task"].includes(name)) await page.screenshot({ path: join(pictures, name + "-phone.png") });
    await page.setViewportSize({ width: 1280, height: 860 });
    expect(wide <= width, wide + " px wide");
  };
}

tests["tells counts as they change"] = async () => {
  await open("#/queues/idle");
  await api("/tasks", { type: "t", queue: "idle", payload: 1 });
  await until(async () => /Ready\s+1\b/.test(await main().innerText()), "one ready task");
};
tests["tells a task's change at once"] = async () => {
  const { task_id } = await api("/tasks", { type: "t", queue: "idle", payload: 1 });
  await open("#/tasks/" + task_id);
  await api("/tasks/" + task_id, {}, "DELETE");
  await page.locator("h1 .state", { hasText: "cancelled" }).waitFor();
};
tests["pauses a queue with a reason, and resumes it"] = async () => {
  await open("#/queues/idle");
  await press("Pause");
  await page.locator("dialog").getByLabel("Reason").fill("the mail server is down");
  const found = (await page.evaluate(axe + "; axe.run({ resultTypes: ['violations'] })")).violations;
  expect(found.length === 0, "a question has no barrier: " + found.map((each) => each.id + " " + each.nodes[0].html).join("; "));
  await agree("Pause");
  await page.locator("h1 .state", { hasText: "paused" }).waitFor();
  await page.locator(".strip", { hasText: /Paused by 127.0.0.1 .*: the mail server is down/ }).waitFor();
  expect((await api("/queues/idle")).pause_reason === "the mail server is down", "paused at the broker");
  await open("#/queues?show=paused");
  await main().getByText("the mail server is down").waitFor();
  await open("#/queues/idle");
  await press("Resume");
  await page.locator("main").getByRole("button", { name: "Pause", exact: true }).waitFor();
  expect(!(await api("/queues/idle")).paused, "resumed at the broker");
};
tests["leaves a note on a queue, and takes it away"] = async () => {
  await open("#/queues/idle");
  await press("Note");
  await page.locator("dialog").getByLabel("Note").fill("ask billing first");
  await agree("Note");
  await page.locator(".strip.note", { hasText: "ask billing first" }).waitFor();
  await press("Change note");
  await page.locator("dialog").getByLabel("Note").fill("");
  await agree("Note");
  await page.locator(".strip.note").waitFor({ state: "detached" });
  expect((await api("/queues/idle")).note === "", "no note at the broker");
};
tests["shows versions and hosts of workers, and queues with several"] = async () => {
  await open("#/workers");
  const versions = page.getByRole("region", { name: "versions at work" });
  await versions.getByText("2 versions").waitFor();
  const seen = await versions.innerText();
  expect(["2.0.0: 1 worker on 1 host", "2.0.1: 1 worker on 1 host"].every((text) => seen.includes(text)), seen);
  await open("#/");
  await page.getByRole("list", { name: "changes" }).getByText(/1 of version 2\.0\.1 connected for mail, thumbnails; 2\.0\.0 still there/).waitFor();
};
tests["cancels a task, and not when told to keep it"] = async () => {
  const { task_id } = await api("/tasks", { type: "t", queue: "idle", payload: 1 });
  await open("#/tasks/" + task_id);
  await press("Cancel task");
  await agree("Keep as it is");
  expect((await api("/tasks/" + task_id)).status === "pending", "kept");
  await press("Cancel task");
  await agree("Cancel task");
  await page.locator("h1 .state", { hasText: "cancelled" }).waitFor();
};
tests["discards and replays dead letters"] = async () => {
  const before = (await api("/queues/mail")).dead;
  await open("#/tasks/" + dead.tasks[1].task_id);
  await press("Discard");
  await agree("Discard");
  await page.locator("h1 .state", { hasText: "discarded" }).waitFor();
  await open("#/dlq/mail?type=" + dead.tasks[0].type);
  await page.getByLabel("select " + dead.tasks[2].task_id).check();
  await press("Replay 1 selected");
  await agree("Replay 1");
  await page.locator(".toast", { hasText: "1 replayed" }).waitFor();
  await until(async () => (await api("/tasks/" + dead.tasks[2].task_id)).replays === 1, "replayed at the broker");
  expect((await api("/queues/mail")).dead <= before - 1, "one fewer");
};
tests["replays with another payload"] = async () => {
  await open("#/dlq/mail");
  await page.getByLabel("select " + dead.tasks[3].task_id).check();
  await page.getByLabel("Payload as JSON").fill("{\"patched\":true}");
  await press("Replay patched");
  await until(async () => (await api("/tasks/" + dead.tasks[3].task_id + "?payload=true")).payload?.patched === true, "patched at the broker");
};
tests["replays with another payload from the task's own view"] = async () => {
  const { task_id } = await api("/tasks", { type: "t", queue: "own", payload: { to: "nobody" } });
  const { tasks } = await api("/queues/own/reserve", { max: 1 });
  await api("/tasks/" + task_id + "/nack", { lease_id: tasks[0].lease_id, permanent: true, error: "no mailbox nobody@example.org" });
  await open("#/tasks/" + task_id);
  const field = page.getByLabel("Payload as JSON");
  await until(async () => (await field.inputValue()).includes("nobody"), "the payload in " + (await field.inputValue()));
  await field.fill('{"to":"ann"}');
  await press("Replay patched");
  await until(async () => (await api("/tasks/" + task_id + "?payload=true")).payload?.to === "ann", "patched at the broker");
};
tests["keeps the filter where kinds of error are counted"] = async () => {
  for (const [type, error] of [["a", "no mailbox ann@example.org"], ["b", "no mailbox bob@example.net"], ["b", "disk full"]]) {
    const { task_id } = await api("/tasks", { type, queue: "kinds", payload: 1 });
    const { tasks } = await api("/queues/kinds/reserve", { max: 1 });
    await api("/tasks/" + task_id + "/nack", { lease_id: tasks[0].lease_id, permanent: true, error });
  }
  const kinds = page.getByRole("region", { name: "kinds of error" });
  await open("#/dlq/kinds");
  await kinds.getByText("several").waitFor();
  expect(await kinds.locator("tbody tr").count() === 2, "one kind whatever the address and type");
  await open("#/dlq/kinds?type=a");
  await until(async () => await kinds.locator("tbody tr").count() === 1, "the filter holds for kinds");
};
tests["keeps the digits of numbers that it could not count with"] = async () => {
  const payload = '{"id":9007199254740993,"rate":0.1000000000000000055511,"much":1E+400,"few":1.50}';
  const raw = async (path, body) => (await fetch(base + "/api/v1" + path, { method: body ? "POST" : "GET", headers: { "Content-Type": "application/json" }, body })).text();
  const { task_id } = JSON.parse(await raw("/tasks", '{"type":"t","queue":"digits","payload":' + payload + "}"));
  const { tasks } = await api("/queues/digits/reserve", { max: 1 });
  await api("/tasks/" + task_id + "/nack", { lease_id: tasks[0].lease_id, permanent: true, error: "no" });
  await open("#/tasks/" + task_id);
  const text = await main().innerText();
  for (const digits of ["9007199254740993", "0.1000000000000000055511", "1E+400"]) expect(text.includes(digits), digits + " in " + text);
  await open("#/dlq/digits");
  await page.getByLabel("select " + task_id).check();
  const field = page.getByLabel("Payload as JSON");
  await until(async () => (await field.inputValue()).includes("9007199254740993"), "the digits in " + (await field.inputValue()));
  await field.fill((await field.inputValue()).replace('"id"', '"number"'));
  await press("Replay patched");
  await until(async () => (await raw("/tasks/" + task_id + "?payload=true")).includes('"number":9007199254740993,"rate":0.1000000000000000055511,"much":1E+400'), "patched at the broker");
};
tests["patches the payloads of many, and shows before what comes of it"] = async () => {
  await open("#/dlq/mail");
  await page.getByText("Patch the payloads").click();
  await page.getByLabel("JSON merge patch").fill("{oops");
  await press("Dry run");
  await page.locator(".toast", { hasText: "The patch is not JSON" }).waitFor();
  await page.getByLabel("JSON merge patch").fill('{"patched":"all"}');
  await press("Dry run");
  await page.locator(".toast", { hasText: "can't be patched, and would stay dead" }).waitFor();
  const table = page.getByRole("region", { name: "payloads before and after" });
  await table.getByText("a payload must be a JSON object").first().waitFor();
  await press("Replay all that match");
  await page.locator("dialog h2", { hasText: /^Replay \d+ dead letters of mail\?$/ }).waitFor();
  await page.locator("dialog").getByRole("button", { name: /^Replay \d+$/ }).click();
  await page.locator(".toast", { hasText: "goes on by itself" }).waitFor();
  await until(async () => (await api("/queues/mail/dlq/replays")).replays[0]?.note.includes("not patched and left dead"), "the run says which were left");
};
tests["finds tasks of all queues by what is in them, and cancels those found"] = async () => {
  for (const [queue, to] of [["here", "Zoe@example.org"], ["there", "zoe@example.org"], ["there", "ann@example.org"]]) await api("/tasks", { type: "t", queue, payload: { to }, delay_ms: 3_600_000 });
  await open("#/");
  await page.locator("#find").fill("zoe@example.org state:scheduled");
  await page.locator("#find").press("Enter");
  await page.getByText("found 2.").waitFor();
  await press("Cancel 2");
  await page.locator("dialog h2", { hasText: "Cancel 2 of 2 found?" }).waitFor();
  await agree("Cancel 2");
  await page.getByText("found 0.").waitFor();
  expect((await api("/search?q=zoe@example.org%20status:cancelled")).tasks.length === 2, "cancelled at the broker");
};
tests["undoes another priority, and tasks that were run now"] = async () => {
  for (const priority of ["low", "normal"]) await api("/tasks", { type: "t", queue: "undo", payload: { undo: "me" }, priority, delay_ms: 3_600_000 });
  const now = async () => (await api("/tasks?queue=undo")).tasks.map((task) => task.priority + " " + task.state + " " + task.next_run_at).join(", ");
  const before = await now();
  await open("#/search?q=queue:undo");
  await press("Change priority of 2");
  await page.locator("dialog", { hasText: "You can undo it" }).waitFor();
  await agree("Change priority of 2");
  await until(async () => (await now()).startsWith("high scheduled"), "another priority");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await until(async () => (await now()) === before, "the priorities are as before");
  await page.locator(".toast", { hasText: "2 put back" }).waitFor();
  await press("Run now 2");
  await agree("Run now 2");
  await until(async () => (await now()).includes("ready"), "ready");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await until(async () => (await now()) === before, "they wait again, not " + (await now()));
};
tests["deletes a queue, after it asked"] = async () => {
  await api("/tasks", { type: "t", queue: "unwanted", payload: 1, delay_ms: 3_600_000 });
  await open("#/queues/unwanted");
  await press("Delete");
  await page.locator("dialog", { hasText: "1 pending and dead tasks are lost" }).waitFor();
  await agree("Delete");
  await until(async () => (await fetch(base + "/api/v1/queues/unwanted")).status === 404, "gone at the broker");
  await page.locator("main h1", { hasText: "Queues" }).waitFor();
};
tests["says what changed in the last minutes"] = async () => {
  await open("#/");
  const changes = page.getByRole("list", { name: "changes" });
  await changes.getByText("connected").first().waitFor();
  await changes.getByText("has a new kind of error").first().waitFor();
};
tests["runs a task that waits for its time at once, later, and with another priority"] = async () => {
  const { task_id } = await api("/tasks", { type: "t", queue: "waits", payload: 1, delay_ms: 3_600_000 });
  await open("#/tasks/" + task_id);
  await page.getByLabel("Priority").selectOption("low");
  await until(async () => (await api("/tasks/" + task_id)).priority === "low", "another priority");
  await page.getByLabel("Minutes").fill("90");
  const before = (await api("/tasks/" + task_id)).next_run_at;
  await press("Run later");
  await until(async () => (await api("/tasks/" + task_id)).next_run_at > before, "another time");
  await press("Run now");
  await until(async () => (await api("/tasks/" + task_id)).state === "ready", "ready");
};
tests["goes everywhere by keys"] = async () => {
  const view = async (key, title) => {
    // The second key counts within 1.5 s; a page that still draws would take it later.
    await page.evaluate(() => new Promise((rests) => requestIdleCallback(rests)));
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.locator("main h1", { hasText: title }).waitFor();
  };
  await open("#/");
  for (const [key, title] of [["q", "Queues"], ["f", "Tasks of all queues"], ["d", "Dead letters"], ["w", "Workers"], ["s", "Scheduled"], ["b", "Broker"], ["a", "Audit"], ["o", "Overview"]]) await view(key, title);
  await view("q", "Queues");
  await page.locator("main tbody a").first().waitFor();
  await page.keyboard.press("j");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  expect(outline !== "none", "the focus is seen");
  await page.keyboard.press("Enter");
  await page.locator("main h1", { hasText: /^Queue\b/ }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type(id);
  await page.keyboard.press("Enter");
  await page.locator("main h1", { hasText: id }).waitFor();
  await page.keyboard.press("?");
  await page.locator("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
};
tests["says why in the broker's words, and shows text as text"] = async () => {
  await open("#/tasks/" + id);
  const { sentence } = await api("/tasks/" + id + "/why");
  expect((await page.locator(".why").innerText()).includes(sentence.slice(1)), sentence);
  expect((await main().innerText()).includes("bad address"), "the payload is readable");
};
tests["keeps filter and order in the address"] = async () => {
  await open("#/queues?q=mai&sort=name&dir=up");
  await until(async () => (await page.locator("main tbody tr").count()) === 1, "one row");
  expect((await page.locator("th[aria-sort=ascending]").innerText()).includes("Queue"), "sorted by name");
};
tests["runs no script of others"] = async () => {
  const evil = ["<script>scriptRan()</script>", "<img src=x onerror=scriptRan()>", "<svg onload=scriptRan()>", "javascript:scriptRan()", "${scriptRan()}", "{{scriptRan()}}", "\"><iframe srcdoc='<script>parent.scriptRan()</script>'>", "</pre><body onload=scriptRan()>", "<a href=javascript:scriptRan()>x</a>", "<details open ontoggle=scriptRan()>", "<math><mi xlink:href=javascript:scriptRan()>", "'-scriptRan()-'"];
  const node = { type: "img", props: { src: "x", onerror: "scriptRan()" }, constructor: null, __v: null, key: null };
  for (const text of [...evil, node]) {
    const string = typeof text === "string" ? text : JSON.stringify(text);
    const { task_id } = await api("/tasks", { type: "x", queue: "evil", payload: text, max_retries: 0, headers: { h: string }, idempotency_key: string });
    const [task] = (await api("/queues/evil/reserve", { max: 1, worker: string })).tasks;
    await open("#/tasks/" + task_id);
    await open("#/workers");
    await api("/tasks/" + task_id + "/progress", { lease_id: task.lease_id, percent: 1, note: string });
    await api("/tasks/" + task_id + "/nack", { lease_id: task.lease_id, error: string, permanent: true });
    await open("#/tasks/" + task_id);
    expect((await main().innerText()).includes(typeof text === "string" ? string.slice(0, 6) : "onerror"), "shown as text: " + string);
  }
  for (const hash of ["#/dlq/evil", "#/queues/" + encodeURIComponent(evil[1]), "#/tasks/" + encodeURIComponent(evil[1]), "#/queues?q=" + encodeURIComponent(evil[1]), "#/dlq/evil?error=" + encodeURIComponent(evil[0]), "#/" + encodeURIComponent(evil[1])]) {
    await visit(page, base + "/" + hash);
    await page.locator("#state").waitFor();
  }
  expect(await page.locator("main script, main iframe, main img, main [onerror]").count() === 0, "no element of theirs");
  expect(ran === 0, ran + " scripts ran");
};
tests["runs nothing of a corpus, in whatever field it comes"] = async () => {
  const call = "scriptRan()";
  const elements = ["img src=x onerror", "svg onload", "body onload", "video><source onerror", "audio src=x onerror", "iframe onload", "input autofocus onfocus", "select autofocus onfocus", "textarea autofocus onfocus", "marquee onstart", "object data=x onerror", "embed src=x onerror", "details open ontoggle", "style onload", "link rel=stylesheet href=x onerror", "svg><animate onbegin", "svg><set onbegin", "div style=animation-name:x onanimationstart", "x onclick", "dialog open onclose", "meter onmouseover", "table background=x onerror", "video poster=x onerror", "isindex type=image src=1 onerror"];
  const schemes = ["javascript:", "JaVaScRiPt:", "java\tscript:", "&#106;avascript:", "\u0001javascript:", "data:text/html,<script>parent.", "vbscript:", "javascript&colon;", "//evil.example/x.js?"];
  const corpus = [
    ...elements.map((element) => "<" + element + "=" + call + ">"),
    ...schemes.flatMap((scheme) => ["<a href=\"" + scheme + call + "\">x</a>", "<form action=\"" + scheme + call + "\"><button>x", scheme + call]),
    "<script>" + call + "</script>", "<ScRiPt>" + call + "</sCrIpT>", "<script/src=data:," + call + ">", "<<script>" + call + "//<</script>", "</script><script>" + call + "</script>", "</title><script>" + call + "</script>", "</textarea><script>" + call + "</script>", "--><script>" + call + "</script>", "]]><script>" + call + "</script>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=" + call + "&gt;\">", "<svg><style><img src=x onerror=" + call + ">", "<noscript><p title=\"</noscript><img src=x onerror=" + call + ">\">", "<template><script>" + call + "</script></template>", "<base href=//evil.example/>", "<meta http-equiv=refresh content='0;url=javascript:" + call + "'>", "<meta http-equiv=Content-Security-Policy content=\"script-src *\">",
    "${" + call + "}", "{{" + call + "}}", "{{constructor.constructor('" + call + "')()}}", "<%= " + call + " %>", "#{" + call + "}", "'-" + call + "-'", "\\'-" + call + "//", "\";" + call + ";//", "`${" + call + "}`", "\u202e" + call, "\\u003cscript\\u003e" + call + "\\u003c/script\\u003e", "\uff1cscript\uff1e" + call + "\uff1c/script\uff1e", "%3Cscript%3E" + call + "%3C/script%3E", "&lt;script&gt;" + call + "&lt;/script&gt;", "__proto__", "constructor", "[object Object]",
  ];
  const refused = [];
  page.on("console", (message) => { if (message.text().includes("Content Security Policy")) refused.push(message.text()); });
  const ids = [];
  for (const text of corpus) {
    const { task_id } = await api("/tasks", { type: "x", queue: "corpus", payload: text, max_retries: 0, headers: { [text.replace(/[^!-~]/g, "_").slice(0, 60)]: text }, idempotency_key: "corpus " + text });
    const [task] = (await api("/queues/corpus/reserve", { max: 1, worker: "corpus " + text })).tasks;
    expect(task !== undefined, "a task with the key " + text);
    await api("/tasks/" + task_id + "/progress", { lease_id: task.lease_id, percent: 1, note: text });
    await api("/tasks/" + task_id + "/nack", { lease_id: task.lease_id, error: text, permanent: true });
    ids.push(task_id);
  }
  for (const hash of ["#/dlq/corpus", "#/dlq", "#/queues/corpus", "#/workers", ...ids.map((id) => "#/tasks/" + id), ...corpus.slice(0, 24).map((text) => "#/queues?q=" + encodeURIComponent(text))]) {
    await open(hash);
    expect(await page.locator("main script, main iframe, main img, main object, main embed, main form[action], main [onerror], main [onload], main [onclick]").count() === 0, "no element of theirs: " + hash);
  }
  expect(ran === 0, ran + " scripts ran");
  expect(refused.length === 0, "the page asked for what its policy refuses: " + refused[0]);
};
tests["shows versions and hosts of workers that come over HTTP"] = async () => {
  const wants = ["3.0.0", "3.0.1"].map((version) => api("/queues/edge/reserve", { worker: "edge-" + version, version, host: "curl-host", wait_ms: 60_000 }));
  await open("#/workers");
  const versions = page.getByRole("region", { name: "versions at work" });
  await versions.getByRole("row").filter({ hasText: "edge" }).getByText("2 versions").waitFor();
  const seen = await versions.innerText();
  expect(["3.0.0: 1 worker on 1 host", "3.0.1: 1 worker on 1 host"].every((text) => seen.includes(text)), seen);
  expect((await page.getByRole("region", { name: "workers", exact: true }).innerText()).includes("curl-host"), "the host that they say");
  for (const want of wants) await api("/tasks", { type: "t", queue: "edge", payload: 1 });
  for (const { tasks } of await Promise.all(wants)) await api("/tasks/" + tasks[0].task_id + "/ack", { lease_id: tasks[0].lease_id });
};
tests["is small and quick, also with 1,000 queues"] = async () => {
  for (let i = 0; i < 1000; i += 50) await Promise.all([...Array(50).keys()].map((n) => api("/queues/many-" + (i + n), { max_retries: 1 }, "PUT")));
  const session = await browser.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.clearBrowserCache");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  await page.goto("about:blank");
  const start = Date.now();
  await page.goto(base + "/#/queues");
  await until(async () => /of 1,0\d\d/.test(await main().innerText().catch(() => "")), "all queues");
  const took = Date.now() - start;
  console.log("# page load with 1,000 queues: " + Math.round(bytes / 1024) + " KiB without the event stream, " + took + " ms");
  expect((await page.locator("main tbody tr").count()) <= 50, "a page of them");
  expect(bytes < 150 * 1024, bytes + " bytes");
};
tests["lists 10,000 queues, and finds one of them"] = async () => {
  for (let i = 0; i < 9_000; i += 1_000) await api("/tasks/batch", { tasks: [...Array(1_000).keys()].map((n) => ({ type: "t", queue: "crowd-" + (i + n), payload: 1, delay_ms: 3_600_000 })) });
  await page.goto("about:blank");
  await page.addInitScript(() => {
    window.longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((each) => { window.longest = Math.max(window.longest, each.duration); })).observe({ type: "longtask", buffered: true });
  });
  await open("#/queues");
  await until(async () => /of 10,\d\d\d/.test(await main().innerText()), "all queues");
  expect((await page.locator("main tbody tr").count()) <= 50, "a page of them");
  await page.getByLabel("Name").fill("crowd-8765");
  await until(async () => (await page.locator("main tbody tr").count()) === 1, "one is found");
  expect(page.url().includes("q=crowd-8765"), "the address holds the filter");
  await page.getByLabel("Name").fill("crowd-");
  await until(async () => /9,000 of 10,\d\d\d/.test(await main().innerText()), "many are found");
  await page.locator("main").getByRole("button", { name: "Next →" }).click();
  await until(async () => (await main().innerText()).includes("showing 51–100"), "the next page");
  await open("#/");
  await page.getByRole("heading", { name: "Busiest queues" }).waitFor();
  console.log("# with 10,000 queues the page was busy for " + Math.round(await page.evaluate(() => window.longest)) + " ms at most");
};

const failed = await run(tests, page, pictures, () => { errors.length = 0; });
for (const theme of pictures ? ["light", "dark"] : []) {
  await page.evaluate((wanted) => localStorage.setItem("telpher.theme", wanted), theme);
  for (const [name, hash] of [["overview", "#/"], ["queue", "#/queues/mail?state=completed"]]) {
    await page.goto("about:blank");
    await open(hash);
    await page.locator(".u-wrap").first().waitFor();
    await page.screenshot({ path: join(pictures, name + (theme === "dark" ? "-dark" : "") + ".png") });
  }
}
await end(failed);
