// Drives the node's page in headless Chromium, against real nodes. Run by: tests/browser/run
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { strict as assert } from "node:assert";
import { chromium } from "playwright-core";

const program = new URL("../../src/FloodActors.Host/bin/Debug/net10.0/FloodActors.Host.dll", import.meta.url).pathname;
const started = [];

/** A node; `until(test)` answers with the first event that passes. */
function node(...args) {
  const child = spawn("dotnet", [program, "run", "--json", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const events = [];
  const waiting = [];
  started.push(child);
  createInterface({ input: child.stdout }).on("line", line => {
    const event = JSON.parse(line);
    events.push(event);
    for (const w of [...waiting]) if (w.test(event)) { waiting.splice(waiting.indexOf(w), 1); w.done(event); }
  });
  return {
    child,
    type: line => child.stdin.write(line + "\n"),
    until: test => events.find(test) ?? new Promise(done => waiting.push({ test, done })),
  };
}

const deadline = setTimeout(() => { console.error("no end after 120 s"); stop(1); }, 120_000);
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
  node("--name", "west", "--peer", address, "--peer", south);

  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
  const problems = [];
  page.on("console", message => { if (message.type() === "error") problems.push(message.text()); });
  page.on("request", request => { if (!request.url().startsWith(url) && !request.url().startsWith("data:")) problems.push("reached out to " + request.url()); });
  await page.goto(url);
  await page.getByRole("heading", { name: "north" }).waitFor();
  await page.getByText("2 links").waitFor();

  // By keyboard alone: the first stop is the box, enter appends.
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "text");
  await page.keyboard.type("hello from the page");
  await page.keyboard.press("Enter");
  await page.getByText("Appended.").waitFor();
  await b.until(e => e.event === "message" && e.payload === "hello from the page");
  await page.getByRole("log").getByText("hello from the page").waitFor();

  b.type("hello from the south");
  await page.getByRole("log").getByText("hello from the south").waitFor();
  b.type("<img src=x onerror=alert(1)>");
  await page.getByRole("log").getByText("<img src=x onerror=alert(1)>").waitFor();
  for (let i = 0; i < 300; i++) b.type(`measurement ${i}: ${(20 + 3 * Math.sin(i / 9)).toFixed(2)}`);
  await page.getByText("measurement 299").waitFor();

  b.child.kill("SIGKILL");
  await page.getByText("1 link", { exact: true }).waitFor();
  await page.getByRole("cell", { name: "away" }).waitFor();
  b = node("--name", "south", "--port", south.split(":")[1], "--peer", address);
  await page.getByText("2 links").waitFor();
  assert.equal(await page.getByRole("cell", { name: "away" }).count(), 0);

  if (process.argv[2]) {
    await page.screenshot({ path: process.argv[2] + ".png" });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: process.argv[2] + "-dark.png" });
  }
  assert.deepEqual(problems, []);
  await browser.close();
  console.log("the page: append, arrival, a peer that goes and comes back, keyboard, nothing from outside: ok");
  stop(0);
} catch (e) {
  console.error(e);
  stop(1);
}
