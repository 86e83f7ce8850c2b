// A server, a browser, and the checks of every test: policy violations, errors, requests to other servers.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A running server on a temporary data directory. */
export class Server {
  static async start(issuer) {
    const server = new Server();
    server.parent = mkdtempSync(join(tmpdir(), "jeton-browser-"));
    server.dataDir = join(server.parent, "data");
    server.port = await freePort();
    server.issuer = issuer ?? `http://127.0.0.1:${server.port}`;
    await server.run();
    return server;
  }

  async run() {
    const args = [
      "serve",
      "--data-dir",
      this.dataDir,
      "--listen",
      `127.0.0.1:${this.port}`,
      "--issuer",
      this.issuer,
    ];
    this.child = spawn(
      process.env.JETON,
      [...args, "--signing-algorithm", "EdDSA", "--workers", "2"],
      { stdio: "ignore" },
    );
    for (let n = 0; n < 200; n++) {
      const ready = await fetch(
        `http://127.0.0.1:${this.port}/debug/ready`,
      ).catch(() => undefined);
      if (ready?.ok) return;
      await sleep(50);
    }
    throw new Error("the server does not start");
  }

  async stop() {
    this.child.kill("SIGKILL");
    await new Promise((resolve) => this.child.once("exit", resolve));
  }

  async end() {
    await this.stop();
    rmSync(this.parent, { recursive: true });
  }

  /** Runs the command line; it must succeed and print JSON. */
  cli(...args) {
    return JSON.parse(
      execFileSync(
        process.env.JETON,
        [...args, "--json", "--data-dir", this.dataDir],
        { encoding: "utf8" },
      ),
    );
  }

  call(name, request) {
    return this.cli("call", name, JSON.stringify(request));
  }

  link() {
    return this.cli("console").url;
  }
}

let browser;

export async function open() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return browser;
}

export async function close() {
  await browser?.close();
  browser = undefined;
}

/** A browser window on a server, with the checks. */
export class Window {
  static async open(server, options = {}) {
    const window = new Window();
    window.server = server;
    window.faults = [];
    /** Number of times that the browser asked before leaving the page; the answer is to stay. */
    window.asked = 0;
    window.context = await (
      await open()
    ).newContext({
      viewport: { width: 1280, height: 860 },
      permissions: ["clipboard-read", "clipboard-write"],
      ignoreHTTPSErrors: true,
      ...options,
    });
    window.page = await window.context.newPage();
    const { page, faults } = window;
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      if (dialog.type() === "beforeunload") window.asked += 1;
      else faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      const { origin } = new URL(request.url());
      if (
        origin !== new URL(server.issuer).origin &&
        !request.url().startsWith("blob:")
      )
        faults.push(`asked another server: ${request.url()}`);
    });
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) =>
        console.error(
          `policy violated: ${event.violatedDirective} ${event.sourceFile}`,
        ),
      );
      window.hacked = () => console.error("policy violated: a name was run");
    });
    page.on("console", (message) => {
      if (/policy|Trusted/i.test(message.text())) faults.push(message.text());
    });
    return window;
  }

  /** Signs in as the operator, with a link. */
  static async signedIn(server, options) {
    const window = await Window.open(server, options);
    await window.page.goto(server.link());
    await window.page
      .getByRole("heading", { name: "Overview", level: 1 })
      .waitFor();
    return window;
  }

  /** Opens a page of the console and waits until the previous page is gone and the new one is loaded. */
  async at(place) {
    const shown = await this.page.evaluateHandle((wanted) => {
      const isHere = location.hash.split("?")[0] === `#/${wanted.split("?")[0]}`;
      return isHere ? null : document.querySelector("h1");
    }, place);
    await this.page.goto(`${this.server.issuer}/ui/console/#/${place}`);
    // In a new document the handle of the old one is invalid.
    const isGone = (heading) => !heading?.isConnected;
    await this.page.waitForFunction(isGone, shown).catch((error) => {
      if (!/context|disposed|document/i.test(error.message)) throw error;
    });
    await this.page.getByRole("heading", { level: 1 }).waitFor();
    await this.page
      .getByText(/^Loading/)
      .first()
      .waitFor({ state: "detached" });
    return this.page;
  }

  /** Asserts that the page has no serious accessibility issue. */
  async accessible(what) {
    // Evaluated in an isolated world, where the page's policy does not apply.
    const session = await this.context.newCDPSession(this.page);
    const { frameTree } = await session.send("Page.getFrameTree");
    const world = await session.send("Page.createIsolatedWorld", {
      frameId: frameTree.frame.id,
    });
    const contextId = world.executionContextId;
    await session.send("Runtime.evaluate", {
      expression: `${AXE}; undefined`,
      contextId,
    });
    const rules = {
      expression:
        "axe.run(document).then(({ violations, passes }) => JSON.stringify({ violations, passes: passes.length }))",
      contextId,
      awaitPromise: true,
    };
    const { result } = await session.send("Runtime.evaluate", rules);
    const { violations, passes } = JSON.parse(result.value);
    assert.ok(passes > 10, "the checker looked at the page");
    const serious = violations.filter(
      ({ impact }) => impact === "serious" || impact === "critical",
    );
    const told = serious.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n  ")}`,
    );
    assert.deepEqual(told, [], what);
    await session.detach();
  }

  async shot(name, options = {}) {
    await this.page.screenshot({
      path: join(process.env.SCREENSHOTS, `${name}.png`),
      ...options,
    });
  }

  /** Answers a call of the management API without the server, until it is called without an answer. */
  async answer(call, status, body) {
    const path = `**/ui/console/api/${call}`;
    await this.page.unroute(path);
    const fulfil = (route) => route.fulfill({ status, json: body });
    if (status) await this.page.route(path, fulfil);
  }

  /** Words in cells and headings that are broken across two lines. */
  broken() {
    return this.page.evaluate(() => {
      const found = [];
      for (const element of document.querySelectorAll("td, th, h1, h2, dt, button, label")) {
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          for (const match of walker.currentNode.data.matchAll(/[^\s-]+/g)) {
            if (match[0].length > 24) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, match.index);
            range.setEnd(walker.currentNode, match.index + match[0].length);
            const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
            if (lines.size > 1) found.push(match[0]);
          }
        }
      }
      return found;
    });
  }

  async end() {
    await this.context.close();
    assert.deepEqual(this.faults, []);
  }
}
