// The overview: current rates, credentials that end soon, and refusals.

import { may, query, sentence } from "../api";
import { Empty, LoadState, PageHeader, Section, Time } from "../components/basics";
import { Chart, type Series } from "../components/chart";
import { endColumn } from "../components/list";
import { ListSection } from "../components/list_layout";
import { formatNumber } from "../format";
import { useQuery, useRows, useTick } from "../hooks";
import { CREDENTIALS, SERVER } from "../services";
import type { ExpiringCredential, Statistics } from "../types";

const REFRESH_MS = 15_000;

type Count = "issued" | "introspections" | "refused";

const SERIES: Series<Count>[] = [
  { key: "issued", label: "Tokens issued" },
  { key: "introspections", label: "Introspections" },
  { key: "refused", label: "Refused" },
];

export function OverviewPage() {
  const tick = useTick(REFRESH_MS);
  const loaded = useQuery(
    () => query<Statistics>(`${SERVER}/GetStatistics`, {}, { unattended: tick > 0 }),
    [tick],
  );
  const { data } = loaded;
  if (!may("events.read")) return <Welcome />;
  return (
    <>
      <PageHeader title="Overview" />
      <LoadState query={loaded} what="the overview" />
      {data && (
        <>
          <Numbers data={data} />
          <Rates data={data} />
        </>
      )}
      {may("user.read") && <ExpiringCredentials />}
      {data && <RefusalReasons data={data} />}
    </>
  );
}

/** The overview for sessions without the permission to read statistics. */
function Welcome() {
  return (
    <>
      <PageHeader title="Overview" />
      <div class="card padded">
        <p>Your role does not include the server's statistics. What you may see is in the menu.</p>
      </div>
    </>
  );
}

function Numbers(props: { data: Statistics }) {
  const { data } = props;
  const minutes = data.points.length;
  const total = (key: Count) => formatNumber(data.points.reduce((sum, point) => sum + point[key], 0));
  const numbers: [string, string][] = [
    ["Unexpired tokens", formatNumber(data.unexpiredTokens)],
    ...SERIES.map(({ key, label }): [string, string] => [label, total(key)]),
    ["Store", `${(Number(data.storeBytes) / 1048576).toFixed(1)} MiB`],
  ];
  return (
    <>
      <dl class="numbers">
        {numbers.map(([label, value]) => (
          <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        Issued, introspections and refused count the last {minutes === 1 ? "minute" : `${minutes} minutes`}.
        The server started <Time at={data.startDate} />.
      </p>
    </>
  );
}

/** The rates without the current minute, whose partial count would look like a fall. */
function Rates(props: { data: Statistics }) {
  const points = props.data.points.slice(0, -1);
  const told = SERIES.map(
    ({ key, label }) => `${label} ${formatNumber(Math.max(0, ...points.map((p) => p[key])))}`,
  );
  return (
    <Section title="Requests per minute">
      {points.length === 0 ? (
        <Empty title="The first minute is not over yet" />
      ) : (
        <Chart label={`Requests per minute, at most: ${told.join(", ")}`} series={SERIES} points={points} />
      )}
    </Section>
  );
}

const TYPES: Record<string, string> = {
  CREDENTIAL_TYPE_SECRET: "Client secret",
  CREDENTIAL_TYPE_KEY: "Key",
  CREDENTIAL_TYPE_PERSONAL_ACCESS_TOKEN: "Personal access token",
};

function ExpiringCredentials() {
  const list = `${CREDENTIALS}/ListExpiringCredentials`;
  const endOf = ({ expirationDate }: ExpiringCredential) => expirationDate ?? "";
  const select = ({ credentials }: { credentials: ExpiringCredential[] }) =>
    credentials.toSorted((a, b) => endOf(a).localeCompare(endOf(b))).slice(0, 10);
  return (
    <ListSection
      title="Ends within 30 days"
      hint="Replace these before programs stop working."
      label="credentials that end soon"
      query={useRows(list, { within: "2592000s", pagination: { limit: 100 } }, select)}
      rowKey={(credential) => credential.credentialId}
      empty={<Empty title="No credential ends within 30 days" />}
      columns={[
        {
          title: "Service user",
          narrow: "bare",
          cell: ({ userId, username }) => <a href={`#/users/${userId}`}>{username}</a>,
        },
        {
          title: "Credential",
          narrow: "bare",
          cell: ({ type, label }) => `${TYPES[type] ?? type}${label && ` “${label}”`}`,
        },
        endColumn,
      ]}
    />
  );
}

function RefusalReasons(props: { data: Statistics }) {
  const data = { rows: props.data.refusals };
  return (
    <ListSection
      title="Refused, by reason"
      hint="Since the server started. A service user's page says more."
      label="reasons"
      query={{ data, error: undefined, isLoading: false, reload: () => undefined }}
      rowKey={(refusal) => refusal.reason + refusal.sentence}
      empty={<Empty title="Nothing was refused since the server started" />}
      columns={[
        { title: "Why", narrow: "bare", cell: (refusal) => sentence(refusal.sentence) },
        { title: "Times", cell: (refusal) => formatNumber(refusal.count) },
      ]}
    />
  );
}
