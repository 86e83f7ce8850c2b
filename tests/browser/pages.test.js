// Every page and dialog, in light and dark, on a phone, a laptop and a large screen: accessible, not cut
// off, worded.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close } from "./lab.mjs";
import { furnish, statistics } from "./furnish.mjs";
import { action, button, dialogOf, gone, on, section } from "./steps.mjs";

after(close);

const SIZES = [
  [360, 740],
  [1280, 860],
  [1920, 1080],
];

const GET_STATISTICS = "jeton.server.v1.ServerService/GetStatistics";

on("every page is accessible and whole, in light and dark, at any width", async ({ page, server, window }) => {
  const { places } = furnish(server);
  await window.answer(GET_STATISTICS, 200, statistics());
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      for (const [name, place] of Object.entries(places)) {
        await window.at(place);
        const seen = `${name}, ${colorScheme}, ${width}`;
        // Beyond the phone's width the colours do not depend on the width.
        if (width < 1920) await window.accessible(seen);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${seen} is ${overflow} pixels too wide`);
        assert.deepEqual(await window.broken(), [], `${seen}: words are whole`);
        assert.equal(await page.getByRole("alert").count(), 0, seen);
        await window.shot(`${name}-${width}-${colorScheme}`, { fullPage: true });
      }
    }
  }
});

on("tables fit a laptop's screen without scrolling, also with long names", async ({ page, server, window }) => {
  const { places } = furnish(server);
  for (const [name, place] of Object.entries(places)) {
    await window.at(place);
    const wider = await page.evaluate(() =>
      [...document.querySelectorAll(".table")]
        .filter((table) => table.scrollWidth > table.clientWidth + 1)
        .map((table) => table.getAttribute("aria-label")),
    );
    assert.deepEqual(wider, [], name);
  }
});

on("the audit trail is told in sentences, with names", async ({ page, server, window }) => {
  furnish(server);
  server.cli("user", "delete", "mailer");
  await window.at("audit");
  for (const sentence of [
    "Deleted the service user mailer",
    "Reactivated billing",
    "Created the organization Acme",
    "Granted roles to billing",
    "in Shop: orders.1.read, orders.2.read",
    "Owner for Acme",
    "Created the API Shop API",
  ]) {
    await page.getByRole("cell", { name: sentence }).first().waitFor();
  }
  const text = await page.locator("main").innerText();
  assert.doesNotMatch(text, /\d{12,}/, "no ids");
  assert.doesNotMatch(text, /\b(user|credential|member|org|project|session)\.[a-z_.]*(added|changed|began)\b/, "no codes");
  await page.getByLabel("About").selectOption("Console sessions");
  await page.getByRole("cell", { name: "Operator signed in to the console" }).waitFor();
  // An event keeps the name of a deleted user.
  await page.getByLabel("About").selectOption("Service users");
  await page.getByRole("cell", { name: "Locked" }).first().waitFor();
  await page.getByRole("link", { name: "billing" }).first().click();
  await page.getByRole("heading", { name: "billing", level: 1 }).waitFor();
});

on("every id can be copied, and none stands where a name is known", async ({ page, server, window }) => {
  const { places } = furnish(server);
  for (const [name, place] of Object.entries(places)) {
    await window.at(place);
    const bare = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) {
        const { data, parentElement } = walker.currentNode;
        if (/\d{15,}/.test(data) && !parentElement.closest(".id, pre")) found.push(data);
      }
      return found;
    });
    assert.deepEqual(bare, [], name);
  }
  await window.at(places.user);
  await button(page, "Copy user ID").click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, places.user.split("/")[1]);
});

on("a chart has numbers, its legend matches its lines, and no unfinished minute", async ({ page, window }) => {
  const data = statistics(30);
  await window.answer(GET_STATISTICS, 200, data);
  await window.at("overview");
  const chart = page.getByRole("img", { name: /Requests per minute, at most/ });
  await chart.waitFor();
  const drawn = await page.evaluate(() => {
    const styles = (path) => {
      const { stroke, strokeDasharray } = getComputedStyle(path);
      return `${stroke} ${strokeDasharray}`;
    };
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
      lines: all(".plot path.series").map(styles),
      legend: all(".key path.series").map(styles),
      corners: all(".plot path.series").map((path) => path.getAttribute("d").split(/[ML]/).length - 1),
      texts: all(".plot text").map((text) => text.textContent),
    };
  });
  assert.deepEqual(drawn.legend, drawn.lines);
  assert.equal(new Set(drawn.lines).size, 3, "lines differ");
  assert.deepEqual(drawn.corners, [30, 30, 30], "the running minute is left out");
  for (const number of ["0", "250", "1,000"]) assert.ok(drawn.texts.includes(number), `${number} of ${drawn.texts}`);
  assert.ok(drawn.texts.filter((text) => text.includes(":")).length >= 3, "times");

  await chart.hover();
  await page.locator(".tip").getByText("Tokens issued").waitFor();
  await page.getByText("Show as a table").click();
  assert.equal(await page.getByRole("region", { name: "Values of the chart" }).getByRole("row").count(), 31);

  await window.answer(GET_STATISTICS, 200, { ...data, points: data.points.slice(-1) });
  await page.reload();
  await page.getByText("The first minute is not over yet").waitFor();
});

on("a button's dialog is called as the button is", async ({ page, server, window }) => {
  const { places } = furnish(server);
  const check = async (name, title) => {
    await button(page, name).first().click();
    await dialogOf(page, title).waitFor();
    await window.accessible(title);
    await page.keyboard.press("Escape");
    await gone(page.getByRole("dialog"));
  };
  await window.at(places.user);
  await check("Rotate client secret", "Rotate client secret");
  await check("Add key", "Add key");
  await check("New token", "New personal access token");
  await check("Grant roles", "Grant roles");
  await check("Add role", "Add role");
  await window.at(places["user-with-long-names"]);
  await check("Generate client secret", "Generate client secret");
  await action(page, "Generate Client Secret");
  await dialogOf(page, "Generate client secret").waitFor();
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"));
  await action(page, "Revoke everything");
  await dialogOf(page, /^Revoke everything of/).waitFor();
  await page.keyboard.press("Escape");
  await window.at(places.project);
  await check("New API", "New API");
  await check("Add role", "Add role");
  await check("Add administrator", "Add administrator");
  await window.at("users");
  await check("New", "New service user");
  await window.at("projects");
  await check("New", "New project");
  await window.at("organizations");
  await check("New", "New organization");
  await window.at("administrators");
  await check("New", "New administrator");
  await window.at("keys");
  await check("Rotate…", "Rotate signing keys");
});

on("the dialog of a new secret, in light and dark, and on a phone", async ({ page, server, window }) => {
  const { places } = furnish(server);
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 1280],
    ["light", 360],
  ]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 740 });
    await window.at(places.user);
    await button(page, "Actions").click();
    await window.accessible(`menu, ${colorScheme}, ${width}`);
    await page.getByRole("menuitem", { name: "Generate Client Secret" }).click();
    await button(dialogOf(page, "Generate client secret"), "Generate").click();
    await dialogOf(page, "Client secret generated").waitFor();
    await window.accessible(`secret, ${colorScheme}, ${width}`);
    await window.shot(`secret-${width}-${colorScheme}`);
    await button(page, "Done").click();
  }
});

on(
  "on a phone the menu is out of the way until it is wanted",
  async ({ page, window }) => {
    await window.at("overview");
    const menu = page.getByRole("navigation", { name: "Console" });
    const top = await page.locator("header.top").boundingBox();
    assert.ok(top.height < 70, `${top.height} pixels`);
    assert.equal(await menu.isVisible(), false);
    await button(page, "Menu").click();
    await menu.waitFor();
    await window.accessible("the menu of a phone");
    await window.shot("menu-360-light");
    await page.keyboard.press("Escape");
    assert.equal(await menu.isVisible(), false);
    await button(page, "Menu").click();
    await menu.getByRole("link", { name: "Audit trail" }).click();
    await page.getByRole("heading", { name: "Audit trail", level: 1 }).waitFor();
    assert.equal(await menu.isVisible(), false);
  },
  { viewport: { width: 360, height: 740 } },
);

on("the reasons for refusals of a client are on its page", async ({ page, server, window }) => {
  const { places } = furnish(server);
  await window.at(places.user);
  const refused = section(page, "Why refused");
  await refused.getByText("deactivated or locked").waitFor();
  await refused.getByText("Token request").first().waitFor();
});

on("the pictures of the documents", async ({ page, server, window }) => {
  const { places, token } = furnish(server);
  await window.answer(GET_STATISTICS, 200, statistics(90));
  const picture = async (name, colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await window.shot(`docs-${name}-${colorScheme}`);
  };
  await window.at("overview");
  await picture("overview", "dark");
  await window.at("audit");
  await picture("audit", "light");
  await window.at("debugger");
  await page.getByLabel("Access token").fill(token);
  await button(page, "Explain").click();
  await page.getByText("Service user", { exact: true }).waitFor();
  await picture("debugger", "light");
  await window.at(places.user);
  await picture("user", "light");
  await button(page, "Rotate client secret").click();
  await page.getByLabel("Label").fill("production");
  await button(page, "Rotate").click();
  await dialogOf(page, "Client secret generated").waitFor();
  await picture("secret", "dark");
});
