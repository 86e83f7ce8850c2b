// The console as people use it: in a real browser, against the real binary.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { after, test } from "node:test";
import { close, Server, Window } from "./lab.mjs";

after(close);

/** A server and a window on it for one test. */
function on(name, run, options = {}) {
  test(name, { timeout: 120_000 }, async () => {
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

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function newUser(page, username, name) {
  await button(page, "New").click();
  await page.getByLabel("Username", { exact: true }).fill(username);
  await page.getByLabel("Display name").fill(name);
  await button(page, "Create").click();
  await page.getByRole("heading", { name: username, level: 1 }).waitFor();
}

async function action(page, name) {
  await button(page, "Actions ▾").click();
  await page.getByRole("menuitem", { name }).click();
}

/** Runs what a person would paste into a shell. */
function shell(command) {
  return execFileSync("bash", ["-c", command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 20_000,
  });
}

on(
  "the guide, from a new service user to a token that curl obtains with the copied secret",
  async ({ page }) => {
    await page.getByRole("link", { name: "Service users" }).first().click();
    await newUser(page, "billing", "Billing worker");
    await action(page, "Generate Client Secret");
    await page.getByLabel("Label").fill("first");
    await button(page.getByRole("dialog"), "Generate").click();
    const dialog = page.getByRole("dialog", {
      name: "Client secret generated",
    });
    assert.match(
      await dialog.innerText(),
      /won't be able to retrieve it again/,
    );

    await button(dialog, "Copy ClientID").click();
    const clientId = await page.evaluate(() => navigator.clipboard.readText());
    await button(dialog, "Copy ClientSecret").click();
    const secret = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(clientId, "billing");
    assert.match(secret, /^jeton_cs_/);
    await dialog.getByText("Copied").first().waitFor();

    await button(dialog, "Copy the curl snippet").click();
    const curl = await page.evaluate(() => navigator.clipboard.readText());
    const reply = JSON.parse(shell(curl));
    assert.equal(reply.token_type, "Bearer");
    assert.match(reply.access_token, /^jeton_at_/);

    const environment = dialog.getByRole("tab", { name: "Environment" });
    await environment.click();
    const variables = await dialog
      .getByRole("tabpanel")
      .locator("pre")
      .innerText();
    const fromEnvironment = shell(
      `set -a; ${variables.trim().replaceAll("\n", "; ")}; curl --silent -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials -d scope=openid "$TOKEN_URL"`,
    );
    assert.match(JSON.parse(fromEnvironment).access_token, /^jeton_at_/);
    for (const snippet of ["Kubernetes", "Python", "Node", "Go", "Rust"]) {
      await dialog.getByRole("tab", { name: snippet }).click();
      assert.match(
        await dialog.getByRole("tabpanel").innerText(),
        /\/oauth\/v2\/token/,
        snippet,
      );
    }
    await button(dialog, "Done").click();
    assert.equal(
      (await page.content()).includes(secret),
      false,
      "the secret is nowhere once the dialog is closed",
    );
  },
);

on("the same with the keyboard alone", async ({ page, server }) => {
  const press = (...keys) =>
    keys.reduce(
      (done, key) => done.then(() => page.keyboard.press(key)),
      Promise.resolve(),
    );
  /** Tabs until what has the focus is called so. */
  const reach = async (name) => {
    for (let n = 0; n < 60; n++) {
      const focused = await page.evaluate(
        () =>
          document.activeElement?.getAttribute("aria-label") ??
          document.activeElement?.textContent ??
          "",
      );
      if (focused.trim() === name) return;
      await press("Tab");
    }
    assert.fail(`${name} can't be reached with Tab`);
  };
  await reach("Service users");
  await press("Enter");
  await page
    .getByRole("heading", { name: "Service users", level: 1 })
    .waitFor();
  await reach("New");
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("keyboard");
  await press("Tab");
  await page.keyboard.type("Keyboard only");
  await press("Enter");
  await page.getByRole("heading", { name: "keyboard", level: 1 }).waitFor();
  await reach("Actions ▾");
  await press("Enter", "ArrowDown", "ArrowUp", "Enter");
  await page.getByRole("dialog", { name: "Generate Client Secret" }).waitFor();
  await press("Enter");
  await page.getByRole("dialog", { name: "Client secret generated" }).waitFor();
  await reach("Copy ClientSecret");
  await press("Enter");
  const secret = await page.evaluate(() => navigator.clipboard.readText());
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const reply = shell(
    `curl --silent -u keyboard:${secret} -d grant_type=client_credentials -d scope=openid ${server.issuer}/oauth/v2/token`,
  );
  assert.match(reply, /access_token/);
});

on(
  "every page is accessible, in light and dark, wide and narrow, and is drawn",
  async ({ page, server, window }) => {
    const user = server.cli(
      "user",
      "create",
      "billing",
      "--name",
      "Billing worker",
    ).userId;
    server.cli(
      "secret",
      "generate",
      "billing",
      "--label",
      "kubernetes",
      "--expires",
      "90d",
    );
    server.cli("pat", "create", "billing");
    for (const name of ["mailer", "reports", "shipping", "stock.sync"])
      server.cli("user", "create", name, "--name", `The ${name} program`);
    server.cli("user", "lock", "mailer");
    const api = server.cli("api", "create", "Orders");
    const { projects } = server.cli("project", "list");
    server.cli(
      "role",
      "add",
      projects[0].projectId,
      "orders.read",
      "--name",
      "Reads orders",
    );
    const { clientId, clientSecret } = server.cli(
      "secret",
      "generate",
      "billing",
    );
    const wrong = clientSecret.replace(/^(jeton_cs_.{10})./, "$1A");
    for (const secret of [clientSecret, clientSecret, wrong, "x"]) {
      shell(
        `curl --silent -u ${clientId}:${secret} -d grant_type=client_credentials -d scope=openid ${server.issuer}/oauth/v2/token`,
      );
    }
    server.cli("user", "deactivate", "billing");
    shell(
      `curl --silent -u ${clientId}:${clientSecret} -d grant_type=client_credentials -d scope=openid ${server.issuer}/oauth/v2/token`,
    );
    server.cli("user", "reactivate", "billing");
    assert.ok(api);
    const places = [
      "overview",
      "users",
      `users/${user}`,
      "projects",
      `projects/${projects[0].projectId}`,
      "keys",
      "audit",
      "debugger",
      "sessions",
    ];
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const place of places) {
        await window.at(place);
        await window.accessible(`${place}, ${colorScheme}`);
        const name = place.replace(/\/.*/, (id) => (id ? "-detail" : ""));
        await window.shot(`${name}-${colorScheme}`);
        assert.equal(await page.getByRole("alert").count(), 0, place);
      }
      await window.at("users");
      await button(page, "New").click();
      await window.accessible(`dialog, ${colorScheme}`);
      await window.shot(`new-user-${colorScheme}`);
      await page.keyboard.press("Escape");
      await window.at(`users/${user}`);
      await button(page, "Actions ▾").click();
      await window.accessible(`menu, ${colorScheme}`);
      await page
        .getByRole("menuitem", { name: "Generate Client Secret" })
        .click();
      await button(page.getByRole("dialog"), "Generate").click();
      await page
        .getByRole("dialog", { name: "Client secret generated" })
        .waitFor();
      await window.accessible(`secret, ${colorScheme}`);
      await window.shot(`secret-${colorScheme}`);
      await button(page, "Done").click();
    }
    assert.match(
      await page.getByRole("region", { name: "Why refused" }).innerText(),
      /deactivated or locked/,
    );
    await page.setViewportSize({ width: 360, height: 740 });
    for (const place of places) {
      await window.at(place);
      await window.shot(`narrow-${place.replace(/\/.*/, "-detail")}`);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth,
      );
      assert.ok(overflow <= 0, `${place} is ${overflow} pixels too wide`);
    }
  },
);

on(
  "two hundred hostile names run nothing",
  async ({ page, server, window }) => {
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
    const { users: made } = server.call(
      "jeton.user.v1.UserService/CreateUsers",
      { users },
    );
    const { projectId } = server.call(
      "zitadel.project.v2.ProjectService/CreateProject",
      { name: name(0) },
    );
    server.call("zitadel.project.v2.ProjectService/AddProjectRole", {
      projectId,
      roleKey: "r",
      displayName: name(1),
      group: name(2),
    });
    server.call("zitadel.application.v2.ApplicationService/CreateApplication", {
      projectId,
      name: name(3),
      apiConfiguration: {},
    });
    server.call("zitadel.user.v2.UserService/AddSecret", {
      userId: made[0].userId,
      label: name(4),
    });
    server.call(
      "zitadel.authorization.v2.AuthorizationService/CreateAuthorization",
      { userId: made[0].userId, projectId, roleKeys: ["r"] },
    );
    await window.at("users");
    for (let shown = 25; ; shown += 25) {
      await page.getByText("hostile-").first().waitFor();
      if (shown >= 200) break;
      const next = button(page, "Next →");
      await next.click();
      await page.getByText(`Page ${shown / 25 + 1},`).waitFor();
    }
    for (const { userId } of made.slice(0, 20)) {
      await window.at(`users/${userId}`);
      await page.getByRole("heading", { name: "Client secrets" }).waitFor();
    }
    for (const place of [
      "projects",
      `projects/${projectId}`,
      "audit",
      `users/${encodeURIComponent("<img src=x onerror=hacked(1)>")}`,
    ]) {
      await window.at(place);
    }
    assert.equal(
      await page
        .locator("main img, main iframe, main svg[onload], main script")
        .count(),
      0,
    );
  },
);

on(
  "a session that ends in mid-work loses nothing that was typed",
  async ({ page, server, window }) => {
    server.cli("user", "create", "billing", "--name", "Billing");
    await window.at("users");
    await page.getByRole("link", { name: "billing" }).click();
    await page.getByLabel("Description").fill("typed before the session ended");
    // The same person ends all sessions from somewhere else.
    const other = await Window.signedIn(server);
    await other.at("sessions");
    await other.page
      .getByRole("row")
      .filter({ hasNotText: "this one" })
      .getByRole("button", { name: /^End the session/ })
      .click();
    await button(other.page, "End session").click();
    await other.page.getByRole("dialog").waitFor({ state: "detached" });
    await other.end();

    await button(page, "Save").click();
    const again = page.getByRole("dialog", { name: "Your session has ended" });
    await again.waitFor();
    await window.accessible("signing in again");
    await again.getByText("One-time link").click();
    await again.getByRole("textbox", { name: "Link" }).fill(server.link());
    await button(again, "Sign in").click();
    await page.getByText("Saved.").waitFor();
    assert.equal(
      server.cli("user", "show", "billing").user.machine.description,
      "typed before the session ended",
    );
  },
);

on(
  "a second person's change is not overwritten, and one's own is kept",
  async ({ page, server, window }) => {
    server.cli("user", "create", "billing", "--name", "Billing");
    await window.at("users");
    await page.getByRole("link", { name: "billing" }).click();
    await page.getByLabel("Description").fill("mine");
    server.cli("user", "update", "billing", "--name", "Theirs");
    await button(page, "Save").click();
    await page.getByText("Somebody else changed this service user").waitFor();
    await window.accessible("a conflict");
    assert.equal(
      server.cli("user", "show", "billing").user.machine.name,
      "Theirs",
    );
    assert.equal(await page.getByLabel("Description").inputValue(), "mine");
    await button(page, "Drop mine, show theirs").click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll("input")].some(
        (input) => input.value === "Theirs",
      ),
    );
    await page.getByLabel("Description").fill("both");
    await button(page, "Save").click();
    await page.getByText("Saved.").waitFor();
    const { machine } = server.cli("user", "show", "billing").user;
    assert.deepEqual([machine.name, machine.description], ["Theirs", "both"]);
  },
);

on(
  "a server that goes away is shown as such, and the page recovers",
  async ({ page, server, window }) => {
    await window.at("users");
    await button(page, "New").click();
    await page.getByLabel("Username", { exact: true }).fill("patient");
    await page.getByLabel("Display name").fill("Typed while it was away");
    await server.stop();
    await button(page, "Create").click();
    await page.getByText("The server does not answer. Trying again").waitFor();
    await page.getByRole("dialog").getByText("your input is kept").waitFor();
    await server.run();
    await page
      .getByText("The server does not answer. Trying again")
      .waitFor({ state: "detached" });
    // Sessions end with the process; what was typed does not.
    const again = page.getByRole("dialog", { name: "Your session has ended" });
    await again.getByText("One-time link").click();
    await again.getByRole("textbox", { name: "Link" }).fill(server.link());
    await button(again, "Sign in").click();
    await again.waitFor({ state: "detached" });
    await button(page, "Create").click();
    await page.getByRole("heading", { name: "patient", level: 1 }).waitFor();
    assert.equal(
      server.cli("user", "show", "patient").user.machine.name,
      "Typed while it was away",
    );
  },
);

on("nothing secret stays in the browser", async ({ page, window, server }) => {
  server.cli("user", "create", "billing");
  await window.at("users");
  await page.getByRole("link", { name: "billing" }).click();
  await action(page, "Generate Client Secret");
  await button(page.getByRole("dialog"), "Generate").click();
  await page.getByRole("dialog", { name: "Client secret generated" }).waitFor();
  await button(page, "Done").click();
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
    {
      local: "{}",
      session: "{}",
      cookie: "",
      databases: 0,
      caches: 0,
      workers: 0,
      address: "",
      history: "",
    },
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
    [
      {
        name: "__Host-jeton",
        httpOnly: true,
        secure: true,
        sameSite: "Strict",
        path: "/",
        expires: -1,
      },
    ],
  );
  await button(page, "Sign out").click();
  await page.getByText("Sign in as an administrator").waitFor();
  assert.deepEqual(await window.context.cookies(), []);
});

on(
  "signing in with client credentials and with a token, and being refused",
  async ({ page, server, window }) => {
    await button(page, "Sign out").click();
    await page.getByText("Sign in as an administrator").waitFor();
    await window.accessible("signing in");
    await window.shot("sign-in-light");
    const { token } = server.cli("admin", "create", "owner");
    const { clientSecret } = server.cli("secret", "generate", "owner");
    await page.getByLabel("Client id").fill("owner");
    await page.getByLabel("Client secret").fill("wrong");
    await button(page, "Sign in").click();
    await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
    await window.accessible("a refused sign-in");
    await page.getByLabel("Client secret").fill(clientSecret);
    await button(page, "Sign in").click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    assert.match(await page.locator(".who").innerText(), /owner/);
    await button(page, "Sign out").click();
    await page.getByLabel("Access token").check();
    await page.getByLabel("Personal access token").fill(token);
    await button(page, "Sign in").click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  },
);

on(
  "projects, roles, applications, authorizations",
  async ({ page, server, window }) => {
    server.cli("user", "create", "billing");
    await window.at("projects");
    await button(page, "New").click();
    await page.getByLabel("Name").fill("Shop");
    await button(page, "Create").click();
    await page.getByRole("heading", { name: "Shop", level: 1 }).waitFor();
    await button(page, "Add role").click();
    await page.getByLabel("Key").fill("orders.read");
    await button(page, "Add").click();
    await page.getByRole("cell", { name: "orders.read" }).first().waitFor();
    await button(page, "New application").click();
    await page.getByLabel("Name").fill("Orders API");
    await button(page, "Create").click();
    const dialog = page.getByRole("dialog", {
      name: "Client secret generated",
    });
    await button(dialog, "Copy ClientSecret").click();
    const secret = await page.evaluate(() => navigator.clipboard.readText());
    const clientId = await dialog.locator("code").first().innerText();
    await button(dialog, "Done").click();
    await page.getByRole("cell", { name: "Orders API" }).first().waitFor();
    await button(page, "Grant roles").click();
    await page.getByLabel("Service user").fill("billing");
    await page.getByRole("checkbox", { name: "orders.read" }).check();
    await button(page, "Grant").click();
    await page.getByRole("link", { name: "billing" }).waitFor();

    const made = server.cli("secret", "generate", "billing");
    const { projects } = server.cli("project", "list");
    const shop = projects.find(({ name }) => name === "Shop").projectId;
    const scope = `openid urn:zitadel:iam:org:project:id:${shop}:aud urn:zitadel:iam:org:projects:roles`;
    const reply = shell(
      `curl --silent -u billing:${made.clientSecret} -d grant_type=client_credentials --data-urlencode 'scope=${scope}' ${server.issuer}/oauth/v2/token`,
    );
    const token = JSON.parse(reply).access_token;
    const seen = shell(
      `curl --silent -u ${clientId}:${secret} -d token=${token} ${server.issuer}/oauth/v2/introspect`,
    );
    assert.equal(JSON.parse(seen).active, true);
    assert.match(seen, /orders\.read/);
  },
);

on(
  "credentials: keys are offered as a file, tokens once, and everything can be revoked",
  async ({ page, server, window }) => {
    server.cli("user", "create", "billing");
    await window.at("users");
    await page.getByRole("link", { name: "billing" }).click();
    await button(page, "Add key").click();
    await page.getByLabel("Algorithm").selectOption("EdDSA");
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      button(page, "Generate and download").click(),
    ]);
    const chunks = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk);
    const key = JSON.parse(Buffer.concat(chunks).toString());
    assert.deepEqual(
      [key.type, file.suggestedFilename()],
      ["serviceaccount", `${key.keyId}.json`],
    );
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await button(page, "Add key").click();
    await page.getByLabel("Key pair").selectOption("Upload a public key");
    await page.getByLabel("Public key (PEM)").fill("not a key");
    await button(page, "Upload").click();
    await page.getByRole("dialog").getByRole("alert").waitFor();
    await page.getByLabel("Public key (PEM)").fill(publicKey.export({ type: "spki", format: "pem" }));
    await button(page, "Upload").click();
    await page.getByRole("cell", { name: "ES256" }).waitFor();
    await button(page, "New token").click();
    await button(page, "Create").click();
    const dialog = page.getByRole("dialog", { name: "Personal access token" });
    const token = await dialog.locator("code").first().innerText();
    await button(dialog, "Done").click();
    assert.match(
      shell(
        `curl --silent -H 'Authorization: Bearer ${token}' ${server.issuer}/oidc/v1/userinfo`,
      ),
      /error|sub/,
    );
    assert.equal(server.cli("token", "explain", token).active, true);
    await action(page, "Generate Client Secret");
    await button(page.getByRole("dialog"), "Generate").click();
    await button(page, "Done").click();

    await action(page, "Revoke everything…");
    assert.match(
      await page.getByRole("dialog").innerText(),
      /at once and for good/,
    );
    await button(page, "Cancel").click();
    assert.equal(server.cli("token", "explain", token).active, true);
    await action(page, "Revoke everything…");
    await button(page, "Revoke everything").click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(server.cli("token", "explain", token).active, false);
    const { result } = server.cli("secret", "list", "billing");
    assert.ok(result.every(({ state }) => state === "SECRET_STATE_REVOKED"));
    await page.getByText("No key.").waitFor();
  },
);

on(
  "states: deactivate, reactivate, lock, unlock, delete",
  async ({ page, server, window }) => {
    server.cli("user", "create", "billing");
    await window.at("users");
    await page.getByRole("link", { name: "billing" }).click();
    await action(page, "Deactivate…");
    await button(page, "Deactivate").click();
    await page.locator("h1 + .badge", { hasText: "Deactivated" }).waitFor();
    await action(page, "Reactivate");
    await page.locator("h1 + .badge", { hasText: "Active" }).waitFor();
    await action(page, "Lock…");
    await button(page, "Lock").click();
    await page.locator("h1 + .badge", { hasText: "Locked" }).waitFor();
    await action(page, "Unlock");
    await page.locator("h1 + .badge", { hasText: "Active" }).waitFor();
    await action(page, "Delete…");
    await button(page, "Delete").click();
    await page.getByText("There is no service user yet").waitFor();
  },
);

on("search, filter, sort and pages", async ({ page, server, window }) => {
  const users = Array.from({ length: 60 }, (_, n) => ({
    username: `worker-${String(n).padStart(3, "0")}`,
    machine: { name: `Name ${99 - n}` },
  }));
  server.call("jeton.user.v1.UserService/CreateUsers", { users });
  server.cli("user", "lock", "worker-007");
  await window.at("users");
  const first = page.locator("tbody tr").first();
  await first.getByText("worker-000").waitFor();
  await button(page, "Next →").click();
  await first.getByText("worker-025").waitFor();
  await button(page, "← Previous").click();
  await first.getByText("worker-000").waitFor();
  await page.getByRole("button", { name: "Username" }).click();
  await first.getByText("worker-059").waitFor();
  await page.getByRole("button", { name: "Display name" }).click();
  await first.getByText("Name 40").waitFor();
  await button(page, "Next →").click();
  await first.getByText("Name 65").waitFor();
  await page.getByLabel("Search by username or name").fill("worker");
  await page.getByText("Page 1, 60 in all").waitFor();
  await button(page, "Next →").click();
  await button(page, "Next →").click();
  await page.getByText("Page 3, 60 in all").waitFor();
  assert.equal(await button(page, "Next →").isDisabled(), true);
  await page.getByLabel("Search by username or name").fill("NAME 92");
  await first.getByText("worker-007").waitFor();
  await page.getByLabel("Search by username or name").fill("nobody");
  await page.getByText("No service user is like this").waitFor();
  await page.getByLabel("Search by username or name").fill("");
  await page.getByLabel("State").selectOption("Locked");
  await first.getByText("worker-007").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
});

on(
  "the token debugger, the audit trail, the signing keys",
  async ({ page, server, window }) => {
    server.cli("user", "create", "billing");
    const { clientSecret } = server.cli("secret", "generate", "billing");
    const reply = shell(
      `curl --silent -u billing:${clientSecret} -d grant_type=client_credentials -d scope=openid ${server.issuer}/oauth/v2/token`,
    );
    const token = JSON.parse(reply).access_token;
    await window.at("debugger");
    await page.getByLabel("Access token").fill(token);
    await button(page, "Explain").click();
    await page.getByText("nothing has revoked it").waitFor();
    await window.accessible("an explained token");
    await window.shot("debugger-explained-light");
    server.cli("user", "lock", "billing");
    await button(page, "Explain").click();
    await page.getByText("deactivated or locked").waitFor();
    await page.getByLabel("Access token").fill(clientSecret);
    await button(page, "Explain").click();
    await page.getByText("this is a client secret, not a token").waitFor();

    await window.at("audit");
    await button(page, "Verify the trail").click();
    await page.getByText("The trail is whole").waitFor();
    await page.getByLabel("About").selectOption("Credentials and tokens");
    await page.getByText("credential.secret.added").waitFor();
    await page.getByText("user.locked").waitFor({ state: "detached" });

    await window.at("keys");
    await page.getByText("Active: signs").waitFor();
    await button(page, "Rotate…").click();
    await page
      .getByLabel("Even if the next key was not published long enough")
      .check();
    await button(page, "Rotate").click();
    await page.getByText("Retiring: verifies").waitFor();
  },
);

on("numbers on the overview", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  const { clientSecret } = server.cli("secret", "generate", "billing");
  const token = `curl --silent -d grant_type=client_credentials -d scope=openid ${server.issuer}/oauth/v2/token -u billing:`;
  shell(
    `${token}${clientSecret}; ${token}${clientSecret}; ${token}jeton_cs_wrong`,
  );
  await window.at("overview");
  await page.reload();
  await page
    .getByText("no such client, or not a secret of this server")
    .waitFor();
  assert.match(await page.locator(".numbers").innerText(), /Issued\s+2/);
  await page.getByRole("img", { name: /Tokens issued 2/ }).waitFor();
});

on("who may less is shown less", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  server.cli("user", "create", "viewer");
  server.cli(
    "admin",
    "add",
    "viewer",
    "ORG_OWNER_VIEWER",
    "--organization",
    server.cli("organization", "list").result[0].id,
  );
  const { token } = server.cli("pat", "create", "viewer");
  await button(page, "Sign out").click();
  await page.getByLabel("Access token").check();
  await page.getByLabel("Personal access token").fill(token);
  await button(page, "Sign in").click();
  await page.getByRole("link", { name: "Service users" }).first().click();
  await page.getByRole("link", { name: "billing" }).click();
  await page.getByRole("heading", { name: "billing", level: 1 }).waitFor();
  for (const name of [
    "Actions ▾",
    "Save",
    "Generate",
    "Add key",
    "New token",
  ]) {
    assert.equal(await button(page, name).count(), 0, name);
  }
});
