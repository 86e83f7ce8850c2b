// One-time secrets, typed input and other people's changes are not lost; hostile names run nothing.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, Window } from "./lab.mjs";
import { action, button, clipboard, dialogOf, gone, on, openUser, section } from "./steps.mjs";

after(close);

/** The steps to each secret that is shown once, and the button that copies it. */
const ONE_TIME = [
  {
    what: "a client secret",
    open: async (window) => {
      await openUser(window, "billing");
      await button(section(window.page, "Client secrets"), "Generate client secret").click();
      await button(dialogOf(window.page, "Generate client secret"), "Generate").click();
    },
    title: "Client secret generated",
    take: "Copy ClientSecret",
  },
  {
    what: "a client secret in a snippet",
    open: async (window) => {
      await openUser(window, "mailer");
      await action(window.page, "Generate Client Secret");
      await button(dialogOf(window.page, "Generate client secret"), "Generate").click();
    },
    title: "Client secret generated",
    take: "Copy the curl snippet",
  },
  {
    what: "a personal access token",
    open: async (window) => {
      await openUser(window, "billing");
      await button(window.page, "New token").click();
      await button(window.page, "Create").click();
    },
    title: "Personal access token generated",
    take: "Copy Token",
  },
  {
    what: "a key file",
    open: async (window) => {
      await openUser(window, "billing");
      await button(window.page, "Add key").click();
      await button(dialogOf(window.page, "Add key"), "Generate").click();
    },
    title: "Key generated",
    take: "Download the key file",
  },
  {
    what: "the secret of an API",
    open: async (window) => {
      await window.at("projects");
      await window.page.getByRole("link", { name: "Default", exact: true }).click();
      await button(window.page, "New API").click();
      await window.page.getByLabel("Name", { exact: true }).fill("Orders");
      await button(window.page, "Create").click();
    },
    title: "Client secret generated",
    take: "Copy ClientSecret",
  },
];

for (const { what, open, title, take } of ONE_TIME) {
  on(`Escape, Back and reload ask before ${what} is lost`, async ({ page, server, window }) => {
    server.cli("user", "create", "billing");
    server.cli("user", "create", "mailer");
    await open(window);
    const secret = dialogOf(page, title);
    await secret.waitFor();
    const shown = await secret.innerText();
    const asking = page.getByRole("dialog", { name: /^Close without/ });

    await page.keyboard.press("Escape");
    await asking.waitFor();
    await window.accessible("asking about a secret");
    // Escape must not lose the secret, however often it is pressed.
    await page.keyboard.press("Escape");
    await gone(asking);
    await page.keyboard.press("Escape");
    await asking.waitFor();
    await button(asking, "Go back").click();
    await gone(asking);
    assert.equal(await secret.innerText(), shown);

    await page.goBack();
    const leaving = dialogOf(page, "Leave this page?");
    await button(leaving, "Stay").click();
    await gone(leaving);
    await page.reload({ timeout: 500 }).catch(() => undefined);
    assert.equal(window.asked, 1, "the browser asks too");
    assert.equal(await secret.innerText(), shown);

    await button(secret, take).click();
    if (take.startsWith("Copy")) await secret.getByText("Copied").first().waitFor();
    await page.keyboard.press("Escape");
    await gone(page.getByRole("dialog"));
  });
}

on("a secret that was selected and copied by hand counts as copied", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  await openUser(window, "billing");
  await action(page, "Generate Client Secret");
  await button(dialogOf(page, "Generate client secret"), "Generate").click();
  const secret = dialogOf(page, "Client secret generated");
  await secret.locator("code").nth(1).click({ clickCount: 3 });
  await page.keyboard.press("Control+c");
  assert.match(await clipboard(page), /^jeton_cs_/);
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"));
});

on("typed input is not lost by Escape, Back or a link", async ({ page, server, window }) => {
  server.cli("user", "create", "billing", "--name", "Billing");
  await window.at("overview");
  await window.at("users");
  await button(page, "New").click();
  await page.getByLabel("Username", { exact: true }).fill("half");
  await page.keyboard.press("Escape");
  await button(dialogOf(page, "Discard your input?"), "Keep editing").click();
  assert.equal(await page.getByLabel("Username", { exact: true }).inputValue(), "half");
  await page.keyboard.press("Escape");
  await button(page, "Discard").click();
  await gone(page.getByRole("dialog"));
  // A form without input needs no question.
  await button(page, "New").click();
  await dialogOf(page, "New service user").waitFor();
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"));

  await openUser(window, "billing");
  await page.getByLabel("Description").fill("half a sentence");
  await page.goBack();
  await button(dialogOf(page, "Leave this page?"), "Stay").click();
  assert.equal(await page.getByLabel("Description").inputValue(), "half a sentence");
  await page.getByRole("link", { name: "Projects" }).first().click();
  await button(dialogOf(page, "Leave this page?"), "Leave").click();
  await page.getByRole("heading", { name: "Projects", level: 1 }).waitFor();
});

/** Refusals by servers and proxies, and the shown texts. */
const FAILURES = [
  [409, { code: "already_exists", message: "this username is taken" }, "This username is taken."],
  [400, { code: "invalid_argument", message: "userId: an id is a decimal number" }, "userId: an id is a decimal number."],
  [503, { code: "unavailable", message: "the disk is full" }, "The disk is full."],
  [502, "<html>Bad gateway</html>", "The server answered 502."],
];

on("a failing call says why, keeps what was typed, and can be tried again", async ({ page, server, window }) => {
  server.cli("user", "create", "billing", "--name", "Billing");
  const create = "zitadel.user.v2.UserService/CreateUser";
  await window.at("users");
  await button(page, "New").click();
  await page.getByLabel("Username", { exact: true }).fill("patient");
  await page.getByLabel("Display name").fill("Typed once");
  for (const [status, body, told] of FAILURES) {
    await window.answer(create, status, body);
    await button(page, "Create").click();
    await page.getByRole("dialog").getByRole("alert").filter({ hasText: told }).waitFor();
    assert.equal(await page.getByLabel("Display name").inputValue(), "Typed once", told);
  }
  await window.answer(create);
  await button(page, "Create").click();
  await page.getByRole("heading", { name: "patient", level: 1 }).waitFor();

  const update = "zitadel.user.v2.UserService/UpdateUser";
  await openUser(window, "billing");
  await page.getByLabel("Description").fill("typed once");
  await window.answer(update, ...FAILURES[2]);
  await button(page, "Save").click();
  await page.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor();
  assert.equal(await page.getByLabel("Description").inputValue(), "typed once");
  await window.answer(update);
  await button(page, "Save").click();
  await page.getByText("Saved.").waitFor();
  assert.equal(server.cli("user", "show", "billing").user.machine.description, "typed once");
});

on("a list that can't be loaded says why, and is loaded again on demand", async ({ page, window }) => {
  const list = "zitadel.user.v2.UserService/ListUsers";
  await window.answer(list, ...FAILURES[2]);
  await window.at("users");
  await page.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor();
  await window.answer(list);
  await button(page, "Try again").click();
  await page.getByText("There is no service user yet").waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
});

on("a change is shown on all of its page at once", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  await openUser(window, "billing");
  const [secrets, history] = [section(page, "Client secrets"), section(page, "History")];
  await history.getByText("Created the service user").waitFor();
  await button(secrets, "Generate client secret").click();
  await page.getByLabel("Label").fill("first");
  await button(page, "Generate").click();
  await button(dialogOf(page, "Client secret generated"), "Done").click();
  await history.getByText("Generated a client secret for billing").waitFor();
  await secrets.getByRole("cell", { name: "first", exact: true }).waitFor();

  await button(secrets, "Rotate client secret").click();
  await page.getByLabel("The secrets it has now").selectOption("End now");
  await button(dialogOf(page, "Rotate client secret"), "Rotate").click();
  await button(dialogOf(page, "Client secret generated"), "Done").click();
  await secrets.getByText("Show 1 that ended").click();
  await secrets.getByText("Ended", { exact: true }).waitFor();
  assert.equal(await history.getByText("Generated a client secret for billing").count(), 2);

  await action(page, "Lock");
  await button(dialogOf(page, "Lock billing?"), "Lock").click();
  await history.getByText("Locked billing").waitFor();
  await page.locator("h1 + .badge", { hasText: "Locked" }).waitFor();
});

on("a page that is visible again shows the changes of others, and keeps typed input", async ({ page, server, window }) => {
  server.cli("user", "create", "billing", "--name", "Billing");
  await openUser(window, "billing");
  await page.getByLabel("Description").fill("half a sentence");
  server.cli("secret", "generate", "billing", "--label", "from elsewhere");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await section(page, "Client secrets").getByText("from elsewhere").waitFor();
  assert.equal(await page.getByLabel("Description").inputValue(), "half a sentence");
});

on("two hundred hostile names run nothing", async ({ page, server, window }) => {
  const payloads = [
    (n) => `<img src=x onerror=hacked(${n})>`,
    (n) => `<script>hacked(${n})</script>`,
    (n) => `"><svg onload=hacked(${n})>`,
    (n) => `javascript:hacked(${n})`,
    (n) => `'-hacked(${n})-'`,
    (n) => `{{constructor.constructor('hacked(${n})')()}}`,
    (n) => `\${hacked(${n})}`,
    (n) => `<a href="javascript:hacked(${n})">x</a>`,
    (n) => `</title><script>hacked(${n})</script>`,
    (n) => `<iframe srcdoc="<script>parent.hacked(${n})</script>">`,
  ];
  const name = (n) => payloads[n % payloads.length](n);
  const users = Array.from({ length: 200 }, (_, n) => ({
    username: `hostile-${n}`,
    machine: { name: name(n), description: name(n + 1) },
  }));
  const { users: made } = server.call("jeton.user.v1.UserService/CreateUsers", { users });
  const { projectId } = server.call("zitadel.project.v2.ProjectService/CreateProject", { name: name(0) });
  server.call("zitadel.project.v2.ProjectService/AddProjectRole", {
    projectId,
    roleKey: "r",
    displayName: name(1),
    group: name(2),
  });
  const { applicationId } = server.call("zitadel.application.v2.ApplicationService/CreateApplication", {
    projectId,
    name: name(3),
    apiConfiguration: {},
  });
  const { organizationId } = server.call("zitadel.org.v2.OrganizationService/AddOrganization", {
    name: name(5),
    admins: [{ userId: made[0].userId }],
  });
  server.call("zitadel.user.v2.UserService/AddSecret", { userId: made[0].userId, label: name(4) });
  server.call("zitadel.authorization.v2.AuthorizationService/CreateAuthorization", {
    userId: made[0].userId,
    projectId,
    roleKeys: ["r"],
  });
  await window.at("users");
  for (let shown = 25; ; shown += 25) {
    await page.getByText("hostile-").first().waitFor();
    if (shown >= 200) break;
    await button(page, "Next page").click();
    await page.getByText(`${shown + 1}–${shown + 25} of 200`).waitFor();
  }
  for (const { userId } of made.slice(0, 20)) {
    await window.at(`users/${userId}`);
    await page.getByRole("heading", { name: "Client secrets" }).waitFor();
  }
  const hostile = encodeURIComponent("<img src=x onerror=hacked(1)>");
  for (const place of [
    "projects",
    `projects/${projectId}`,
    `projects/${projectId}/apis/${applicationId}`,
    "organizations",
    `organizations/${organizationId}`,
    "administrators",
    "audit",
    `users/${hostile}`,
    `users?search=${hostile}&state=${hostile}&order=${hostile}&page=${hostile}&organization=${hostile}`,
    `audit?about=${hostile}&since=${hostile}`,
    "%E0%A4%A",
  ]) {
    await window.at(place);
  }
  const markup = page.locator("main img, main iframe, main svg[onload], main script");
  assert.equal(await markup.count(), 0);
});

on("a session that ends in mid-work loses nothing that was typed", async ({ page, server, window }) => {
  server.cli("user", "create", "billing", "--name", "Billing");
  await openUser(window, "billing");
  await page.getByLabel("Description").fill("typed before the session ended");
  // The same person ends all sessions from somewhere else.
  const other = await Window.signedIn(server);
  await other.at("sessions");
  const theirs = other.page.getByRole("row").filter({ hasNotText: "This one" });
  await theirs.getByRole("button", { name: /^End the session/ }).click();
  await button(dialogOf(other.page, /^End the session/), "End").click();
  await gone(other.page.getByRole("dialog"));
  await other.end();

  await button(page, "Save").click();
  const again = dialogOf(page, "Your session has ended");
  await again.waitFor();
  await window.accessible("signing in again");
  // The dialog can't be closed.
  for (let n = 0; n < 3; n++) await page.keyboard.press("Escape");
  await again.getByText("One-time link").click();
  await again.getByRole("textbox", { name: "Link" }).fill(server.link());
  await button(again, "Sign in").click();
  await page.getByText("Saved.").waitFor();
  assert.equal(server.cli("user", "show", "billing").user.machine.description, "typed before the session ended");
});

on("a second person's change is not overwritten, and one's own is kept", async ({ page, server, window }) => {
  server.cli("user", "create", "billing", "--name", "Billing");
  await openUser(window, "billing");
  await page.getByLabel("Description").fill("mine");
  server.cli("user", "update", "billing", "--name", "Theirs");
  await button(page, "Save").click();
  await page.getByText("Another administrator changed this service user").waitFor();
  await window.accessible("a conflict");
  assert.equal(server.cli("user", "show", "billing").user.machine.name, "Theirs");
  assert.equal(await page.getByLabel("Description").inputValue(), "mine");
  await button(page, "Drop mine, show theirs").click();
  await page.waitForFunction(() => [...document.querySelectorAll("input")].some(({ value }) => value === "Theirs"));
  await page.getByLabel("Description").fill("both");
  await button(page, "Save").click();
  await page.getByText("Saved.").waitFor();
  const { machine } = server.cli("user", "show", "billing").user;
  assert.deepEqual([machine.name, machine.description], ["Theirs", "both"]);
});

on("a server that goes away is shown as such, and the page recovers", async ({ page, server, window }) => {
  const offline = page.getByText("The server does not answer. Trying again");
  await window.at("users");
  await button(page, "New").click();
  await page.getByLabel("Username", { exact: true }).fill("patient");
  await page.getByLabel("Display name").fill("Typed while it was away");
  await server.stop();
  await button(page, "Create").click();
  await offline.waitFor();
  await page.getByRole("dialog").getByText("Your input is kept").waitFor();
  await server.run();
  await gone(offline);
  // Sessions end with the process; typed input is kept.
  const again = dialogOf(page, "Your session has ended");
  await again.getByText("One-time link").click();
  await again.getByRole("textbox", { name: "Link" }).fill(server.link());
  await button(again, "Sign in").click();
  await gone(again);
  await button(page, "Create").click();
  await page.getByRole("heading", { name: "patient", level: 1 }).waitFor();
  assert.equal(server.cli("user", "show", "patient").user.machine.name, "Typed while it was away");
});

on("nothing secret stays in the browser", async ({ page, window, server }) => {
  server.cli("user", "create", "billing");
  await openUser(window, "billing");
  await action(page, "Generate Client Secret");
  await button(dialogOf(page, "Generate client secret"), "Generate").click();
  await button(dialogOf(page, "Client secret generated"), "Done").click();
  await window.at("debugger");
  await page.getByLabel("Access token").fill("jeton_at_pasted");
  await button(page, "Explain").click();
  await page.getByText("This is no token of this server").waitFor();
  const kept = await page.evaluate(async () => ({
    local: JSON.stringify(localStorage),
    session: JSON.stringify(sessionStorage),
    cookie: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    address: location.href,
    history: JSON.stringify(history.state),
  }));
  assert.deepEqual(
    { ...kept, address: "", history: "" },
    { local: "{}", session: "{}", cookie: "", databases: 0, caches: 0, workers: 0, address: "", history: "" },
  );
  assert.ok(!JSON.stringify(kept).includes("jeton_"));
  const cookies = await window.context.cookies();
  assert.deepEqual(
    cookies.map(({ name, httpOnly, secure, sameSite, path, expires }) => ({
      name,
      httpOnly,
      secure,
      sameSite,
      path,
      expires,
    })),
    [{ name: "__Host-jeton", httpOnly: true, secure: true, sameSite: "Strict", path: "/", expires: -1 }],
  );
  // A link pasted into an open page signs in immediately and is removed from the address.
  await page.evaluate((url) => location.assign(url), server.link());
  await page.waitForFunction(() => !location.href.includes("link="));
  await button(page, "Sign out").click();
  await page.getByText("Sign in as an administrator").waitFor();
  assert.deepEqual(await window.context.cookies(), []);
});

on("signing in with client credentials and with a token, and being refused", async ({ page, server, window }) => {
  await button(page, "Sign out").click();
  await page.getByText("Sign in as an administrator").waitFor();
  await window.accessible("signing in");
  await window.shot("sign-in-light");
  const { token } = server.cli("admin", "create", "owner");
  const { clientSecret } = server.cli("secret", "generate", "owner");
  await page.getByLabel("Client ID").fill("owner");
  await page.getByLabel("Client secret").fill("wrong");
  await button(page, "Sign in").click();
  await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
  await window.accessible("a refused sign-in");
  assert.equal(await page.getByLabel("Client ID").inputValue(), "owner");
  await page.getByLabel("Client secret").fill(clientSecret);
  await button(page, "Sign in").click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  assert.match(await page.locator(".who").innerText(), /owner/);
  await button(page, "Sign out").click();
  await page.getByLabel("Access token").check();
  await page.getByLabel("Personal access token").fill(token);
  await button(page, "Sign in").click();
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
});
