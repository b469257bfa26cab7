// Drives the node's page in headless Chromium, against real nodes. Run by: tests/browser/run
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { strict as assert } from "node:assert";
import { chromium } from "playwright-core";

const configuration = process.env.CONFIGURATION ?? "Debug";
const path = `../../src/FloodActors.Host/bin/${configuration}/net10.0/FloodActors.Host.dll`;
const program = new URL(path, import.meta.url).pathname;
const started = [];

/** A node; `until(test)` answers with the first event that passes. */
function node(...args) {
  const child = spawn("dotnet", [program, "run", "--json", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const events = [];
  const waiting = [];
  started.push(child);
  createInterface({ input: child.stdout }).on("line", line => {
    const event = JSON.parse(line);
    if (event.event !== "appended" && event.event !== "dropped") events.push(event);
    for (const w of [...waiting]) if (w.test(event)) { waiting.splice(waiting.indexOf(w), 1); w.done(event); }
  });
  return {
    child,
    type: line => child.stdin.write(line + "\n"),
    until: test => events.find(test) ?? new Promise(done => waiting.push({ test, done })),
  };
}

const deadline = setTimeout(() => { console.error("no end after 180 s"); stop(1); }, 180_000);
function stop(code) {
  clearTimeout(deadline);
  for (const child of started) child.kill("SIGKILL");
  process.exit(code);
}

try {
  const a = node("--name", "north", "--http", "127.0.0.1:0");
  const { url } = await a.until(e => e.event === "serving");
  const { address } = await a.until(e => e.event === "listening");
  let b = node("--name", "south", "--peer", address);
  const south = (await b.until(e => e.event === "listening")).address;
  const west = node("--name", "west", "--peer", address, "--peer", south, "--http", "127.0.0.1:0");
  // Known to the south alone: the page of the north names it as the author all the same.
  const far = node("--name", "far", "--peer", south);

  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const problems = [];
  page.on("console", message => { if (message.type() === "error") problems.push(message.text()); });
  page.on("pageerror", error => problems.push(error.message));
  page.on("request", request => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) problems.push("reached " + request.url());
  });
  await page.goto(url);
  const status = page.locator("#status");
  await page.getByRole("heading", { name: "north" }).waitFor();
  await status.getByText("2 links").waitFor();

  // By keyboard alone: the first stop is the box, enter appends.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "text");
  await page.keyboard.type("hello from the page");
  await page.keyboard.press("Enter");
  await page.getByText("Appended.").waitFor();
  await b.until(e => e.event === "message" && e.payload === "hello from the page");
  const log = page.getByRole("log");
  await log.getByText("hello from the page").waitFor();

  far.type("hello from afar");
  await log.locator("li", { hasText: "hello from afar" }).getByText("far", { exact: false }).first().waitFor();
  b.type("<img src=x onerror=alert(1)>");
  await log.getByText("<img src=x onerror=alert(1)>").waitFor();
  b.type("x".repeat(5000));
  await log.getByText("(5,000 bytes)").waitFor();

  // A thousand messages a second, from two origins: the status stays true and fresh, and the newest messages are shown.
  await page.evaluate(() => {
    window.seen = { statuses: new Set(), longest: 0, last: performance.now() };
    const look = () => {
      const now = performance.now();
      window.seen.longest = Math.max(window.seen.longest, now - window.seen.last);
      window.seen.last = now;
      window.seen.statuses.add(document.getElementById("status").textContent);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  let sent = 0;
  const load = setInterval(() => {
    for (let i = 0; i < 35; i++) b.type(`measurement ${++sent}: ${(20 + 3 * Math.sin(sent / 9)).toFixed(2)}`);
    for (let i = 0; i < 15; i++) far.type(`signal ${++sent}`);
  }, 50);
  await page.waitForFunction(() => {
    const rate = document.querySelector("#plots b").textContent.replace(/,/g, "");
    return Number(rate) > 700 && document.querySelectorAll("#origins li").length === 2;
  });
  const rateAt = await page.locator("#plots b").first().textContent();
  await page.waitForFunction(
    before => document.querySelector("#plots b").textContent !== before, rateAt);
  const { statuses, longest } = await page.evaluate(() =>
    ({ statuses: [...window.seen.statuses], longest: window.seen.longest }));
  assert.deepEqual(statuses, ["2 links"]);
  assert.equal(await page.locator("#messages li").count(), 200);
  const origins = await page.locator("#origins span").allTextContents();
  assert.deepEqual(origins, ["south", "far"]);

  // Three of the nodes are a ring. What an origin writes goes over two of its links, and over the third one only ids
  // do. Which one that is depends on who came first, so the page of one of its ends is looked at.
  let end, peer;
  for (let i = 0; !peer && i < 100; i++) {
    for (end of [url, (await west.until(e => e.event === "serving")).url]) {
      const { peers } = await (await fetch(new URL("/api/peers", end))).json();
      peer = peers.find(p => p.lazyRoutes > 0);
      if (peer) break;
    }
    if (!peer) await new Promise(done => setTimeout(done, 100));
  }
  assert.ok(peer, "no link is lazy for any origin");
  const graph = await browser.newPage();
  await graph.goto(end);
  const link = graph.locator("#graph g", { has: graph.locator("title", { hasText: new RegExp(`^${peer.peer}: `) }) });
  await link.locator("title", { hasText: /; eager for \d+ origins?, lazy for [1-9]/ }).waitFor({ state: "attached" });
  assert.match(await link.getAttribute("class"), peer.eagerRoutes > 0 ? /partly/ : /lazy/);
  const width = await link.locator("line").evaluate(e => parseFloat(getComputedStyle(e).strokeWidth));
  assert.ok(width < 3, `the line of a lazy link is ${width} wide`);
  await graph.getByRole("cell", { name: /^[1-9] of [1-9]$/ }).first().waitFor();
  await graph.close();
  const counted = await (await fetch(new URL("/api/stats", end))).json();
  for (const name of ["idsTold", "wants", "answered", "heldBack", "prunes", "grafts"])
    assert.equal(typeof counted[name], "number", name);
  assert.ok(counted.prunes > 0 && counted.idsTold > 0, JSON.stringify(counted));

  // Nothing is clipped or empty, at any width.
  for (const width of [400, 800, 1200, 1280, 1900]) {
    await page.setViewportSize({ width, height: 900 });
    // The graph is drawn for the new width with the next state.
    await page.waitForFunction(() => {
      const texts = [...document.querySelectorAll("#graph text")].filter(e => e.textContent);
      return texts.length > 0 && texts.every(e => e.getBoundingClientRect().height >= 12);
    });
    if (process.argv[2]) {
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${process.argv[2]}-${width}-${colorScheme}.png`, fullPage: width < 800 });
      }
      await page.emulateMedia({ colorScheme: "light" });
    }
    const sizes = await page.evaluate(() => ({
      document: document.documentElement.scrollWidth,
      tables: [...document.querySelectorAll(".scroll")].map(e => e.scrollWidth - e.clientWidth),
      right: Math.max(...[...document.querySelectorAll("section:not(.wide)")].map(e => e.getBoundingClientRect().right)),
      rates: [...document.querySelectorAll("#plots figure")].map(e => e.getBoundingClientRect().right),
      plots: document.querySelector("section.wide").getBoundingClientRect().right,
    }));
    assert.ok(sizes.document <= width, `${width}: the page is ${sizes.document} wide`);
    assert.deepEqual(sizes.tables, [0, 0], `${width}: a table is clipped`);
    assert.equal(sizes.rates.at(-1), Math.max(...sizes.rates), `${width}: the last row of rates is not full`);
    assert.ok(Math.abs(sizes.right - sizes.plots) < 1, `${width}: the right side is empty`);
  }
  clearInterval(load);

  b.child.kill("SIGKILL");
  await status.getByText("1 link", { exact: true }).waitFor();
  await page.getByRole("cell", { name: "away" }).waitFor();
  await page.locator("#graph g.away").waitFor();
  b = node("--name", "south", "--port", south.split(":")[1], "--peer", address);
  await status.getByText("2 links").waitFor();
  assert.equal(await page.getByRole("cell", { name: "away" }).count(), 0);

  assert.deepEqual(problems, []);
  await browser.close();
  console.log(`the page: ok; at 1,000 messages a second the longest frame took ${longest.toFixed(0)} ms`);
  stop(0);
} catch (e) {
  console.error(e);
  stop(1);
}
