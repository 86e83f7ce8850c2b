// The guide in a browser: from a new service user to a token, by mouse and by keyboard.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close } from "./lab.mjs";
import { action, button, clipboard, dialogOf, gone, on, requestToken, shell } from "./steps.mjs";

after(close);

on("the guide, from a new service user to a token that curl obtains with the copied secret", async ({ page }) => {
  await page.getByRole("link", { name: "Service users" }).first().click();
  await button(page, "New").click();
  await page.getByLabel("Username", { exact: true }).fill("billing");
  await page.getByLabel("Display name").fill("Billing worker");
  await button(page, "Create").click();
  await page.getByRole("heading", { name: "billing", level: 1 }).waitFor();
  await action(page, "Generate Client Secret");
  await page.getByLabel("Label").fill("first");
  await button(dialogOf(page, "Generate client secret"), "Generate").click();
  const dialog = dialogOf(page, "Client secret generated");
  assert.match(await dialog.innerText(), /won't be able to retrieve it again/);

  await button(dialog, "Copy ClientID").click();
  const clientId = await clipboard(page);
  await button(dialog, "Copy ClientSecret").click();
  const secret = await clipboard(page);
  assert.equal(clientId, "billing");
  assert.match(secret, /^jeton_cs_/);
  await dialog.getByText("Copied").first().waitFor();

  await button(dialog, "Copy the curl snippet").click();
  const reply = JSON.parse(shell(await clipboard(page)));
  assert.equal(reply.token_type, "Bearer");
  assert.match(reply.access_token, /^jeton_at_/);

  await dialog.getByRole("tab", { name: "Environment" }).click();
  const variables = await dialog.getByRole("tabpanel").locator("pre").innerText();
  const fromEnvironment = shell(
    `set -a; ${variables.trim().replaceAll("\n", "; ")}; curl --silent -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials -d scope=openid "$TOKEN_URL"`,
  );
  assert.match(JSON.parse(fromEnvironment).access_token, /^jeton_at_/);
  for (const snippet of ["Kubernetes", "Python", "Node", "Go", "Rust"]) {
    await dialog.getByRole("tab", { name: snippet }).click();
    assert.match(await dialog.getByRole("tabpanel").innerText(), /\/oauth\/v2\/token/, snippet);
  }
  await button(dialog, "Done").click();
  assert.equal((await page.content()).includes(secret), false, "the secret is nowhere once the dialog is closed");
});

on("the guide with the keyboard alone", async ({ page, server }) => {
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  /** Presses Tab until the element with this name has the focus. */
  const reach = async (name) => {
    for (let n = 0; n < 60; n++) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        return (element?.getAttribute("aria-label") ?? element?.textContent ?? "").trim();
      });
      if (focused === name) return;
      await press("Tab");
    }
    assert.fail(`${name} can't be reached with Tab`);
  };
  await reach("Service users");
  await press("Enter");
  await page.getByRole("heading", { name: "Service users", level: 1 }).waitFor();
  await reach("New");
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("keyboard");
  await press("Tab");
  await page.keyboard.type("Keyboard only");
  await press("Enter");
  await page.getByRole("heading", { name: "keyboard", level: 1 }).waitFor();
  await reach("Actions");
  await press("Enter", "ArrowDown", "ArrowUp", "Enter");
  await dialogOf(page, "Generate client secret").waitFor();
  await press("Enter");
  await dialogOf(page, "Client secret generated").waitFor();
  await reach("Copy ClientSecret");
  await press("Enter");
  const secret = await clipboard(page);
  await press("Escape");
  await gone(page.getByRole("dialog"));
  assert.match(requestToken(server, "keyboard", secret), /access_token/);

  // A project is chosen by its name, with arrow keys.
  await page.getByRole("combobox", { name: "Allowed audiences" }).focus();
  await page.keyboard.type("Defa");
  await page.getByRole("option", { name: "Default" }).waitFor();
  await press("ArrowDown", "Enter");
  await button(page, "Remove Default").waitFor();
  await page.keyboard.type("x");
  await page.getByText("Nothing has this name").waitFor();
  await press("Escape", "Backspace");
  await reach("Save");
  await press("Enter");
  await page.getByText("Saved.").waitFor();
  const { machine } = server.cli("user", "show", "keyboard").user;
  const { projects } = server.cli("project", "list");
  assert.deepEqual(machine.allowedAudiences, [projects.find(({ name }) => name === "Default").projectId]);
});
