// The console behind a reverse proxy with TLS and a path prefix.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { close, freePort, Server, Window } from "./lab.mjs";

after(close);

/** Forwards requests below the prefix only. */
async function proxy(prefix, port, target, keepPrefix) {
  const directory = mkdtempSync(join(tmpdir(), "jeton-proxy-"));
  const [key, certificate] = [
    join(directory, "key.pem"),
    join(directory, "cert.pem"),
  ];
  const subject = [
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
  ];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
      ...subject,
      "-keyout",
      key,
      "-out",
      certificate,
    ],
    { stdio: "ignore" },
  );
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(certificate) },
    (incoming, outgoing) => {
      if (!incoming.url.startsWith(`${prefix}/`)) {
        outgoing.writeHead(404).end();
        return;
      }
      const path = keepPrefix
        ? incoming.url
        : incoming.url.slice(prefix.length);
      const passed = request(
        {
          host: "127.0.0.1",
          port: target,
          method: incoming.method,
          path,
          headers: incoming.headers,
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode, answer.headers);
          answer.pipe(outgoing);
        },
      );
      passed.on("error", () => outgoing.writeHead(502).end());
      incoming.pipe(passed);
    },
  );
  rmSync(directory, { recursive: true });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

for (const keepPrefix of [true, false]) {
  test(
    `below a prefix that the proxy ${keepPrefix ? "keeps" : "takes away"}`,
    { timeout: 60_000 },
    async () => {
      const port = await freePort();
      const server = await Server.start(`https://localhost:${port}/auth`);
      const front = await proxy("/auth", port, server.port, keepPrefix);
      try {
        const window = await Window.signedIn(server);
        const { page } = window;
        await window.at("users");
        await page.getByRole("button", { name: "New", exact: true }).click();
        await page.getByLabel("Username", { exact: true }).fill("behind");
        await page.getByLabel("Display name").fill("Behind a proxy");
        await page.getByRole("button", { name: "Create", exact: true }).click();
        await page.getByRole("heading", { name: "behind", level: 1 }).waitFor();
        const response = await page.goto(`${server.issuer}/ui/console`);
        assert.equal(page.url(), `${server.issuer}/ui/console/`);
        assert.equal(
          response.headers()["strict-transport-security"],
          "max-age=31536000",
        );
        await page
          .getByRole("heading", { name: "Overview", level: 1 })
          .waitFor();
        await window.end();
      } finally {
        front.close();
        front.closeAllConnections();
        await server.end();
      }
    },
  );
}
