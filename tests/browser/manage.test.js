// Daily work of administrators.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after } from "node:test";
import { close } from "./lab.mjs";
import {
  action, button, clipboard, dialogOf, gone, on, openUser, pick, requestToken, section, shell, signInAgain,
} from "./steps.mjs";

after(close);

on("a project is granted to another organization, for as long as it is", async ({ page, server, window }) => {
  const partner = server.cli("organization", "create", "Partner").organizationId;
  const { projectId } = server.cli("project", "create", "Shop");
  for (const role of ["reader", "writer"]) server.cli("role", "add", projectId, role);
  const grants = () =>
    server.cli("project", "grant", "list").projectGrants.map((grant) => [grant.grantedRoleKeys, grant.state]);
  await window.at(`projects/${projectId}`);
  await button(page, "Grant to organization").click();
  await pick(page.getByRole("dialog"), "Organization", "Partner");
  await page.getByRole("checkbox", { name: "reader" }).check();
  await button(page, "Grant").click();
  const row = section(page, "Grants to organizations").getByRole("row").filter({ hasText: "Partner" });
  await row.getByText("reader").waitFor();
  assert.deepEqual(grants(), [[["reader"], "PROJECT_GRANT_STATE_ACTIVE"]]);

  await row.getByRole("button", { name: /^Change/ }).click();
  await page.getByRole("checkbox", { name: "writer" }).check();
  await button(page, "Save").click();
  await row.getByText("reader, writer").waitFor();
  // A role assigned by the grant ends with the grant.
  server.cli("user", "create", "theirs", "--organization", partner);
  server.cli("authorization", "create", "theirs", projectId, "writer");
  for (const [label, state] of [["Deactivate", "Deactivated"], ["Activate", "Active"]]) {
    await row.getByRole("button", { name: new RegExp(`^${label}`) }).click();
    await button(page.getByRole("dialog"), label).click();
    await row.getByText(state, { exact: true }).waitFor();
  }
  await row.getByRole("button", { name: /^Remove/ }).click();
  await button(page.getByRole("dialog"), "Remove").click();
  await gone(row);
  await page.getByText("Not granted to other organizations").waitFor();
  assert.deepEqual(server.cli("authorization", "list").authorizations, []);
  await page.getByText("Removed a grant of").first().waitFor();
});

on("projects, roles, APIs, authorizations", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  await window.at("projects");
  await button(page, "New").click();
  await page.getByLabel("Name", { exact: true }).fill("Shop");
  await button(page, "Create").click();
  await page.getByRole("heading", { name: "Shop", level: 1 }).waitFor();
  await button(page, "Add role").click();
  await page.getByLabel("Key", { exact: true }).fill("orders.read");
  await button(page, "Add").click();
  await page.getByRole("cell", { name: "orders.read" }).first().waitFor();
  // A service user is chosen by name, not by id; an unknown one is not sent.
  await button(page, "Grant roles").click();
  await page.getByLabel("Service user").fill("no such name");
  await page.getByText("Nothing has this name").waitFor();
  await button(page, "Grant").click();
  assert.equal(await page.getByLabel("Service user").evaluate((input) => input.validationMessage), "Choose one from the list.");
  await page.getByLabel("Service user").fill("billing");
  await page.getByRole("checkbox", { name: "orders.read" }).check();
  await button(page, "Grant").click();
  await page.getByRole("link", { name: "billing" }).waitFor();

  await button(page, "New API").click();
  await page.getByLabel("Name", { exact: true }).fill("Orders API");
  await button(page, "Create").click();
  const dialog = dialogOf(page, "Client secret generated");
  await button(dialog, "Copy ClientSecret").click();
  const secret = await clipboard(page);
  await button(dialog, "Copy ClientID").click();
  const clientId = await clipboard(page);
  await button(dialog, "Done").click();
  await page.getByRole("heading", { name: "Orders API", level: 1 }).waitFor();

  const made = server.cli("secret", "generate", "billing");
  const shop = server.cli("project", "list").projects.find(({ name }) => name === "Shop").projectId;
  const scope = `openid urn:zitadel:iam:org:project:id:${shop}:aud urn:zitadel:iam:org:projects:roles`;
  const token = JSON.parse(requestToken(server, "billing", made.clientSecret, scope)).access_token;
  const introspect = (with_) =>
    shell(`curl --silent -u ${clientId}:${with_} -d token=${token} ${server.issuer}/oauth/v2/introspect`);
  assert.equal(JSON.parse(introspect(secret)).active, true);
  assert.match(introspect(secret), /orders\.read/);

  // The API's own page: its secrets are rotated and revoked there.
  await button(page, "Rotate client secret").click();
  await page.getByLabel("The secrets it has now").selectOption("End now");
  await button(dialogOf(page, "Rotate client secret"), "Rotate").click();
  await button(dialog, "Copy ClientSecret").click();
  const next = await clipboard(page);
  await button(dialog, "Done").click();
  assert.match(introspect(secret), /invalid_client/);
  assert.equal(JSON.parse(introspect(next)).active, true);
  await action(page, "Deactivate");
  await button(dialogOf(page, "Deactivate Orders API?"), "Deactivate").click();
  await page.locator("h1 + .badge", { hasText: "Deactivated" }).waitFor();
  await action(page, "Reactivate");
  await page.locator("h1 + .badge", { hasText: "Active" }).waitFor();
});

on("default scopes, allowed scopes and audiences are chosen by name", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  const { projectId } = server.call("zitadel.project.v2.ProjectService/CreateProject", { name: "Shop" });
  await openUser(window, "billing");
  await pick(page, "Default scopes", "openid");
  await pick(page, "Default scopes", "Audience Shop");
  await page.getByLabel("Allowed scopes").fill("urn:zitadel:iam:org:project:role:reader");
  await page.keyboard.press("Tab");
  await pick(page, "Allowed audiences", "Shop");
  await page.getByLabel("Token lifetime", { exact: true }).fill("2");
  await button(page, "Save").click();
  await page.getByText("Saved.").waitFor();
  const audience = `urn:zitadel:iam:org:project:id:${projectId}:aud`;
  const { machine } = server.cli("user", "show", "billing").user;
  assert.deepEqual(machine.defaultScopes, ["openid", audience]);
  assert.deepEqual(machine.allowedScopes, ["urn:zitadel:iam:org:project:role:reader"]);
  assert.deepEqual(machine.allowedAudiences, [projectId]);
  assert.equal(machine.tokenLifetime, "7200s");

  await page.reload();
  await button(page, "Remove Audience Shop").waitFor();
  await page.getByRole("button", { name: "Remove Shop" }).click();
  await button(page, "Save").click();
  await page.getByText("Saved.").waitFor();
  assert.equal(server.cli("user", "show", "billing").user.machine.allowedAudiences, undefined);
});

on("organizations: made, renamed, used, deactivated, deleted", async ({ page, server, window }) => {
  server.cli("user", "create", "owner");
  await window.at("organizations");
  await button(page, "New").click();
  await page.getByLabel("Name", { exact: true }).fill("Default");
  await button(page, "Create").click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Acme");
  await pick(page, "Owners", "owner");
  await button(page, "Create").click();
  await page.getByRole("heading", { name: "Acme", level: 1 }).waitFor();
  await section(page, "Administrators").getByRole("link", { name: "owner" }).waitFor();
  await action(page, "Rename");
  await page.getByLabel("Name", { exact: true }).fill("Acme Ltd");
  await button(page, "Rename").click();
  await page.getByRole("heading", { name: "Acme Ltd", level: 1 }).waitFor();

  await page.getByRole("link", { name: "Show its service users" }).click();
  await page.getByText("No service user is like this").waitFor();
  await button(page, "New").click();
  await page.getByLabel("Username", { exact: true }).fill("theirs");
  await page.getByLabel("Display name").fill("Theirs");
  await pick(page.getByRole("dialog"), "Organization", "Acme Ltd");
  await button(page, "Create").click();
  await page.getByRole("heading", { name: "theirs", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Acme Ltd" }).click();
  await action(page, "Deactivate");
  await button(dialogOf(page, "Deactivate Acme Ltd?"), "Deactivate").click();
  await page.locator("h1 + .badge", { hasText: "Deactivated" }).waitFor();
  await action(page, "Delete");
  await button(dialogOf(page, "Delete Acme Ltd?"), "Delete").click();
  await page.getByRole("heading", { name: "Organizations", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Default" }).waitFor();
  assert.equal(await page.getByText("Acme Ltd").count(), 0);
});

on("administrators: added, changed, removed, and the last owner stays", async ({ page, server, window }) => {
  server.cli("user", "create", "shipping");
  const { token } = server.cli("admin", "create", "root");
  await window.at("administrators");
  await button(page, "New").click();
  assert.equal(await button(page, "Add").isDisabled(), true, "no role is chosen");
  await pick(page.getByRole("dialog"), "Service user", "shipping");
  await page.getByLabel("Administers").selectOption("An organization");
  await pick(page.getByRole("dialog"), "Organization", "Default");
  await page.getByRole("checkbox", { name: "Viewer" }).check();
  await button(page, "Add").click();
  const row = page.getByRole("row").filter({ hasText: "shipping" });
  await row.getByText("Viewer").waitFor();
  await row.getByRole("button", { name: /^Change/ }).click();
  await page.getByRole("checkbox", { name: "User manager" }).check();
  await button(page, "Save").click();
  await row.getByText("Viewer, User manager").waitFor();
  // It is on the pages of the service user and of the organization, too.
  await row.getByRole("link", { name: "Default" }).click();
  await section(page, "Administrators").getByRole("link", { name: "shipping" }).click();
  await section(page, "Administrator roles").getByText("Viewer, User manager").waitFor();
  await window.at("administrators");
  await row.getByRole("button", { name: /^Remove/ }).click();
  await button(page.getByRole("dialog"), "Remove").click();
  await gone(row);

  await signInAgain(page, token);
  await window.at("administrators");
  await page.getByRole("button", { name: "Remove root" }).click();
  await button(page.getByRole("dialog"), "Remove").click();
  await page.getByRole("alert").filter({ hasText: "This would leave the instance without an administrator" }).waitFor();
});

on("credentials: key files and tokens are offered once, and everything can be revoked", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  await openUser(window, "billing");
  await button(page, "Add key").click();
  await button(dialogOf(page, "Add key"), "Generate").click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    button(dialogOf(page, "Key generated"), "Download the key file").click(),
  ]);
  const key = JSON.parse(await readFile(await file.path(), "utf8"));
  assert.deepEqual([key.type, file.suggestedFilename()], ["serviceaccount", `${key.keyId}.json`]);
  await button(page, "Done").click();
  await button(page, `Remove key ${key.keyId}`).waitFor();

  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await button(page, "Add key").click();
  await page.getByLabel("Key pair").selectOption("Upload a public key");
  await page.getByLabel("Public key (PEM)").fill("not a key");
  await button(page, "Upload").click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await page.getByLabel("Public key (PEM)").fill(publicKey.export({ type: "spki", format: "pem" }));
  await page.getByLabel("Ends").selectOption("On a date…");
  await page.getByLabel("Last day").fill("2090-12-31");
  await button(page, "Upload").click();
  await page.getByRole("cell", { name: "ES256" }).waitFor();
  const keys = server.call("zitadel.user.v2.UserService/ListKeys", { userId: key.userId }).result;
  assert.ok(keys.some(({ expirationDate }) => expirationDate.startsWith("2090-12-31") || expirationDate.startsWith("2091-01-01")));

  await button(page, "New token").click();
  await button(page, "Create").click();
  const dialog = dialogOf(page, "Personal access token generated");
  await button(dialog, "Copy Token").click();
  const token = await clipboard(page);
  await button(dialog, "Done").click();
  assert.equal(server.cli("token", "explain", token).active, true);
  await action(page, "Generate Client Secret");
  await button(page.getByRole("dialog"), "Generate").click();
  await button(page, "Done").click();

  await action(page, "Revoke everything");
  assert.match(await page.getByRole("dialog").innerText(), /at once and for good/);
  await button(page, "Cancel").click();
  assert.equal(server.cli("token", "explain", token).active, true);
  await action(page, "Revoke everything");
  await button(page, "Revoke everything").click();
  await gone(page.getByRole("dialog"));
  assert.equal(server.cli("token", "explain", token).active, false);
  await section(page, "Keys").getByText("No key", { exact: true }).waitFor();
  await section(page, "Client secrets").getByText("No client secret").waitFor();
  await section(page, "Personal access tokens").getByText("No personal access token").waitFor();
});

on("states: deactivate, reactivate, lock, unlock, delete", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  const state = (text) => page.locator("h1 + .badge", { hasText: text }).waitFor();
  await openUser(window, "billing");
  await action(page, "Deactivate");
  await button(page.getByRole("dialog"), "Deactivate").click();
  await state("Deactivated");
  await action(page, "Reactivate");
  await state("Active");
  await action(page, "Lock");
  await button(page.getByRole("dialog"), "Lock").click();
  await state("Locked");
  await action(page, "Unlock");
  await state("Active");
  await action(page, "Delete");
  await button(page.getByRole("dialog"), "Delete").click();
  await page.getByText("There is no service user yet").waitFor();
});

on("the token debugger, the audit trail, the signing keys", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  const { clientSecret } = server.cli("secret", "generate", "billing", "--label", "laptop");
  const token = JSON.parse(requestToken(server, "billing", clientSecret)).access_token;
  await window.at("debugger");
  await page.getByLabel("Access token").fill(token);
  await button(page, "Explain").click();
  await page.getByText("nothing has revoked it").waitFor();
  await window.accessible("an explained token");
  server.cli("user", "lock", "billing");
  await button(page, "Explain").click();
  await page.getByText("deactivated or locked").waitFor();
  await page.getByLabel("Access token").fill(clientSecret);
  await button(page, "Explain").click();
  await page.getByText("This is a client secret, not a token").waitFor();

  await window.at("audit");
  await button(page, "Verify the trail").click();
  await page.getByText("The trail is whole").waitFor();
  await page.getByLabel("About").selectOption("Credentials and tokens");
  await page.getByText("Generated a client secret for billing").waitFor();
  await gone(page.getByText("Locked billing"));
  await page.getByLabel("About").selectOption("Everything");
  await pick(page, "Subject", "Default");
  await page.getByText("No such event").or(page.getByText("Default")).first().waitFor();
  await button(page, "Remove Default").click();
  await page.getByLabel("Until").fill("2000-01-01");
  await page.getByText("No such event").waitFor();

  await window.at("keys");
  await page.getByText("Active: signs").waitFor();
  await button(page, "Rotate…").click();
  await page.getByLabel("Even if the next key was not published long enough").check();
  await button(page, "Rotate").click();
  await page.getByText("Retiring: verifies").waitFor();
});

on("numbers on the overview", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  const { clientSecret } = server.cli("secret", "generate", "billing", "--expires", "5d", "--label", "soon");
  requestToken(server, "billing", clientSecret);
  requestToken(server, "billing", clientSecret);
  requestToken(server, "billing", "jeton_cs_wrong");
  await window.at("overview");
  await page.reload();
  await page.getByText("the client secret is not whole").first().waitFor();
  assert.match(await page.locator(".numbers").innerText(), /issued\s+2/);
  const ending = section(page, "Ends within 30 days");
  await ending.getByText("Client secret “soon”").waitFor();
  await ending.getByRole("link", { name: "billing" }).click();
  await page.getByRole("heading", { name: "billing", level: 1 }).waitFor();
});

on("a session with fewer permissions is shown less", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  server.cli("user", "create", "viewer");
  const { id } = server.cli("organization", "list").result[0];
  server.cli("admin", "add", "viewer", "ORG_OWNER_VIEWER", "--organization", id);
  const { token } = server.cli("pat", "create", "viewer");
  await signInAgain(page, token);
  await openUser(window, "billing");
  for (const name of ["Actions", "Save", "Generate client secret", "Add key", "New token", "Grant roles", "Add role"]) {
    assert.equal(await button(page, name).count(), 0, name);
  }
  await window.at("projects");
  assert.equal(await button(page, "New").count(), 0);
  await page.getByRole("link", { name: "Default", exact: true }).click();
  await page.getByRole("heading", { name: "Default", level: 1 }).waitFor();
  for (const name of ["Actions", "New API", "Add role", "Add administrator"]) {
    assert.equal(await button(page, name).count(), 0, name);
  }
  await window.at("overview");
  await window.accessible("the overview of a viewer");
});
