// Steps shared by many tests, in the words of the console.

import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Server, Window } from "./lab.mjs";

/** A server and a window on it for one test. */
export function on(name, run, options = {}) {
  test(name, { timeout: 180_000 }, async () => {
    const server = await Server.start();
    const window = await Window.signedIn(server, options);
    try {
      await run({ server, window, page: window.page });
      await window.end();
    } finally {
      await server.end();
    }
  });
}

export const button = (page, name) =>
  page.getByRole("button", { name, exact: true });

export const dialogOf = (page, name) => page.getByRole("dialog", { name });

export const section = (page, name) => page.getByRole("region", { name, exact: true });

export const gone = (locator) => locator.waitFor({ state: "detached" });

/** Chooses an entry of a page's menu of actions. */
export async function action(page, name) {
  await button(page, "Actions").click();
  await page.getByRole("menuitem", { name }).click();
}

/** Chooses an object by name. */
export async function pick(page, label, name) {
  await page.getByRole("combobox", { name: label }).fill(name);
  await page.getByRole("option", { name }).first().click();
}

export async function openUser(window, name) {
  await window.at("users");
  await window.page.getByRole("link", { name, exact: true }).click();
  await window.page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** Signs out, and in with a personal access token. */
export async function signInAgain(page, token) {
  await button(page, "Sign out").click();
  await page.getByLabel("Access token").check();
  await page.getByLabel("Personal access token").fill(token);
  await button(page, "Sign in").click();
  await button(page, "Sign out").waitFor();
}

export const clipboard = (page) =>
  page.evaluate(() => navigator.clipboard.readText());

/** Runs text pasted into a shell. */
export function shell(command) {
  return execFileSync("bash", ["-c", command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 20_000,
  });
}

export function requestToken(server, name, secret, scope = "openid") {
  return shell(
    `curl --silent -u '${name}:${secret}' -d grant_type=client_credentials --data-urlencode 'scope=${scope}' ${server.issuer}/oauth/v2/token`,
  );
}
