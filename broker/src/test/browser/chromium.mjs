// A browser with nothing in it, and how cases are run and told: a line "ok NAME" or "not ok NAME: why" each.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), "telpher-page-"));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, colorScheme: "light", reducedMotion: "reduce", viewport: { width: 1280, height: 860 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  // The page draws the view of a new address when it hears of this event. This listener hears of it first, so it sets a timer: by then the view is there.
  await browser.addInitScript(() => {
    window.shown = location.href;
    addEventListener("hashchange", () => setTimeout(() => { window.shown = location.href; }));
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const end = async (failed) => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
    process.exit(failed === 0 ? 0 : 1);
  };
  return { browser, page, end };
}

export const expect = (is, why) => { if (!is) throw new Error(why); };

export const until = async (that, why, seconds = 20) => {
  const end = Date.now() + seconds * 1000;
  while (!(await that())) {
    if (Date.now() > end) throw new Error("not within " + seconds + " s: " + why);
    await new Promise((go) => setTimeout(go, 50));
  }
};

/** Goes to an address; until its view has taken the place of the one before, that could be taken for it. */
export async function visit(page, address) {
  await page.goto(address);
  await until(() => page.evaluate(() => window.shown === location.href), "the view of " + address);
  await page.locator("main h1").waitFor();
}

/** One after the other; returns how many failed. */
export async function run(tests, page, pictures, before) {
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    before();
    try {
      await test();
      console.log("ok " + name);
    } catch (failure) {
      failed++;
      console.log("not ok " + name + ": " + String(failure.message).split("\n").slice(0, 4).join(" "));
      if (pictures) await page.screenshot({ path: join(pictures, "failed-" + failed + ".png") });
    }
  }
  return failed;
}
