// Lists: search, reload, sorting, pages, hundreds of rows.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close } from "./lab.mjs";
import { button, dialogOf, gone, on, openUser, section } from "./steps.mjs";

after(close);

const workers = (count) =>
  Array.from({ length: count }, (_, n) => ({
    username: `worker-${String(n).padStart(3, "0")}`,
    machine: { name: `Name ${99 - n}` },
  }));

const SEARCH = "Search by username or name";

on("a reload shows the same search, state, order and page", async ({ page, server, window }) => {
  server.call("jeton.user.v1.UserService/CreateUsers", { users: workers(60) });
  server.cli("user", "lock", "worker-007");
  await window.at("users");
  const first = page.locator("tbody tr").first();
  await page.getByLabel(SEARCH).fill("worker-0");
  // What is typed reaches the address when typing pauses; the numbers are the same before and after.
  await page.waitForURL(/worker-0/);
  await page.getByText("1–25 of 60").waitFor();
  await button(page, "Display name").click();
  await button(page, "Display name").click();
  await first.getByText("Name 99").waitFor();
  await button(page, "Next page").click();
  await page.getByText("26–50 of 60").waitFor();
  await page.reload();
  await page.getByText("26–50 of 60").waitFor();
  assert.equal(await page.getByLabel(SEARCH).inputValue(), "worker-0");
  await first.getByText("Name 74").waitFor();
  await page.goBack();
  await page.getByText("1–25 of 60").waitFor();

  await page.getByLabel("State").selectOption("Locked");
  await first.getByText("worker-007").waitFor();
  await page.reload();
  await first.getByText("worker-007").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  // From a row and back again.
  await page.getByRole("link", { name: "worker-007" }).click();
  await page.getByRole("heading", { name: "worker-007", level: 1 }).waitFor();
  await page.goBack();
  await first.getByText("worker-007").waitFor();
  assert.equal(await page.getByLabel(SEARCH).inputValue(), "worker-0");
  // The menu shows the list without filters.
  await page.getByRole("link", { name: "Service users" }).first().click();
  await page.getByText("1–25 of 60").waitFor();
  assert.equal(await page.getByLabel(SEARCH).inputValue(), "");
});

on("an address with unknown parameters shows the list, or a link to its first page", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  for (const search of ["state=NOTHING", "order=nothing", "page=x", "page=-3", "nonsense=1"]) {
    await window.at(`users?${search}`);
    await page.getByRole("link", { name: "billing" }).waitFor();
  }
  await window.at("users?page=3&from=nothing");
  await page.getByRole("alert").waitFor();
  await button(page, "Go to the first page").click();
  await page.getByRole("link", { name: "billing" }).waitFor();
  await window.at("administrators?role=NOTHING");
  await page.getByText("No administrator").waitFor();
});

on("search, filter, sort and pages", async ({ page, server, window }) => {
  server.call("jeton.user.v1.UserService/CreateUsers", { users: workers(60) });
  await window.at("users");
  const first = page.locator("tbody tr").first();
  await first.getByText("worker-000").waitFor();
  await button(page, "Next page").click();
  await first.getByText("worker-025").waitFor();
  await button(page, "Previous page").click();
  await first.getByText("worker-000").waitFor();
  await button(page, "Username").click();
  await first.getByText("worker-059").waitFor();
  await button(page, "Display name").click();
  await first.getByText("Name 40").waitFor();
  await page.getByLabel(SEARCH).fill("worker");
  await page.waitForURL(/search=worker/);
  await button(page, "Next page").click();
  await page.getByText("26–50 of 60").waitFor();
  await button(page, "Next page").click();
  await page.getByText("51–60 of 60").waitFor();
  const next = button(page, "Next page");
  assert.equal(await next.getAttribute("aria-disabled"), "true");
  const focused = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  assert.equal(focused, "Next page", "the focus stays where it was");
  await page.getByLabel(SEARCH).fill("NAME 92");
  await first.getByText("worker-007").waitFor();
  await page.getByLabel(SEARCH).fill("not there");
  await page.getByText("No service user is like this").waitFor();
});

on("hundreds of roles, authorizations and secrets are shown in pages", async ({ page, server, window }) => {
  const { projectId } = server.call("zitadel.project.v2.ProjectService/CreateProject", { name: "Shop" });
  for (let n = 0; n < 25; n++) {
    const roleKey = `role.${String(n).padStart(2, "0")}`;
    server.call("zitadel.project.v2.ProjectService/AddProjectRole", { projectId, roleKey });
  }
  const { users } = server.call("jeton.user.v1.UserService/CreateUsers", { users: workers(12) });
  for (const { userId } of users) {
    server.call("zitadel.authorization.v2.AuthorizationService/CreateAuthorization", {
      userId,
      projectId,
      roleKeys: ["role.00"],
    });
  }
  await window.at(`projects/${projectId}`);
  const roles = section(page, "Roles");
  await roles.getByText("1–10 of 25").waitFor();
  await button(roles, "Next page").click();
  await button(roles, "Next page").click();
  await roles.getByText("21–25 of 25").waitFor();
  const authorizations = section(page, "Authorizations");
  await authorizations.getByText("1–10 of 12").waitFor();
  // Each list has its own position, and removals from the last page leave no empty page.
  await button(authorizations, "Next page").click();
  for (let left = 2; left > 0; left--) {
    await authorizations.getByRole("button", { name: /^Remove/ }).first().click();
    await button(page.getByRole("dialog"), "Remove").click();
    await gone(page.getByRole("dialog"));
  }
  await authorizations.getByRole("link", { name: "worker-000" }).waitFor();
  await roles.getByText("21–25 of 25").waitFor();
});

on("the focus returns to the opener of a dialog, or to the page if that is gone", async ({ page, server, window }) => {
  server.cli("user", "create", "billing");
  server.cli("secret", "generate", "billing", "--label", "laptop");
  await openUser(window, "billing");
  const revoke = button(page, "Revoke laptop");
  await revoke.click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"));
  assert.equal(await revoke.evaluate((element) => element === document.activeElement), true);
  await revoke.click();
  await button(dialogOf(page, "Revoke this client secret?"), "Revoke").click();
  await gone(revoke);
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
});

on("damaged records are named, left out of the list, and can be deleted", async ({ page, server, window }) => {
  const { userId } = server.cli("user", "create", "billing");
  const damaged = server.cli("user", "create", "damaged").userId;
  const { result, details } = server.call("zitadel.user.v2.UserService/ListUsers", {
    queries: [{ inUserIdsQuery: { userIds: [userId] } }],
  });
  await window.answer("zitadel.user.v2.UserService/ListUsers", 200, { result, details, unreadable: [damaged] });
  await window.at("users");
  await page.getByRole("link", { name: "billing" }).waitFor();
  await page.getByRole("alert").filter({ hasText: "One record is damaged and left out" }).waitFor();
  await window.accessible("a damaged record");
  await button(page, `Delete ${damaged}`).click();
  await window.answer("zitadel.user.v2.UserService/ListUsers");
  await button(dialogOf(page, "Delete the damaged record?"), "Delete").click();
  await gone(page.getByRole("alert"));
  assert.deepEqual(
    server.cli("user", "list").result.map(({ username }) => username),
    ["billing"],
  );
});
