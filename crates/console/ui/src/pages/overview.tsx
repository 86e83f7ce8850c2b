// The overview: what the server does at the moment, as numbers and a chart.

import { useEffect, useReducer } from "preact/hooks";
import { call, may } from "../api";
import { count, date, useLoaded } from "../hooks";
import { Empty, LoadState, Section, Time } from "../parts/basics";
import { Table } from "../parts/list";
import type { Statistics } from "../types";

const REFRESH_MS = 15_000;

export function OverviewPage() {
  const [turn, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(undefined), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const loaded = useLoaded(
    () => call<Statistics>("jeton.server.v1.ServerService/GetStatistics", {}, { unattended: turn > 0 }),
    [turn],
  );
  const { data } = loaded;
  return (
    <>
      <header class="page">
        <h1>Overview</h1>
      </header>
      <LoadState of={loaded} what="numbers" />
      {data && (
        <>
          <dl class="numbers">
            <Quantity label="Live opaque tokens" value={count(data.accessTokens)} />
            <Quantity label="Issued" value={count(sum(data, "issued"))} />
            <Quantity label="Introspections" value={count(sum(data, "introspections"))} />
            <Quantity label="Refused" value={count(sum(data, "refused"))} />
            <Quantity label="Store" value={`${(Number(data.storeBytes) / 1048576).toFixed(1)} MiB`} />
          </dl>
          <p class="hint">
            Issued, introspections and refused are those of the last{" "}
            {data.points.length === 1 ? "minute" : `${data.points.length} minutes`}. The server started{" "}
            <Time at={data.startDate} />.
          </p>
          <Chart data={data} />
          <Section title="Refused, by reason">
            {data.refusals.length === 0 ? (
              <Empty>Nothing was refused since the server started.</Empty>
            ) : (
              <Table
                label="Refused, by reason"
                rows={data.refusals}
                id={(refusal) => refusal.reason}
                columns={[
                  { title: "Times", show: (refusal) => count(refusal.count) },
                  { title: "Why", show: (refusal) => refusal.sentence },
                ]}
              />
            )}
          </Section>
          {may("user.write") && (
            <p>
              <a href="#/users">Service users</a>: create one and generate its client secret to get a first token.
            </p>
          )}
        </>
      )}
    </>
  );
}

function Quantity(props: { label: string; value: string }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

type Series = "issued" | "introspections" | "refused";

const SERIES: [Series, string][] = [
  ["issued", "Tokens issued"],
  ["introspections", "Introspections"],
  ["refused", "Refused"],
];

function sum(data: Statistics, series: Series): number {
  return data.points.reduce((sum, point) => sum + point[series], 0);
}

/** A line needs two points; before it began to serve a server did nothing. */
function drawable({ points, stepSeconds }: Statistics): Statistics["points"] {
  const first = points[0];
  if (!first || points.length > 1) return points;
  const before = new Date(new Date(first.date).getTime() - stepSeconds * 1000).toISOString();
  return [{ date: before, issued: 0, introspections: 0, refused: 0 }, first];
}

const WIDTH = 720;
const HEIGHT = 180;

/** Lines over time. The numbers are there as a table too, for who can't see it. */
function Chart(props: { data: Statistics }) {
  const points = drawable(props.data);
  const top = Math.max(1, ...points.flatMap((point) => SERIES.map(([series]) => point[series])));
  const x = (index: number) => (index / Math.max(1, points.length - 1)) * WIDTH;
  const y = (value: number) => HEIGHT - (value / top) * HEIGHT;
  const line = (series: Series) =>
    points.map((point, index) => `${index ? "L" : "M"}${x(index).toFixed(1)} ${y(point[series]).toFixed(1)}`).join("");
  const first = points[0];
  const last = points.at(-1);
  return (
    <figure class="chart">
      <svg
        viewBox={`-4 -8 ${WIDTH + 8} ${HEIGHT + 16}`}
        role="img"
        aria-label={`Per minute, at most ${count(top)}: ${SERIES.map(([series, label]) => `${label} ${count(sum(props.data, series))}`).join(", ")}`}
      >
        {[0, 0.5, 1].map((part) => (
          <line class="grid" x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
        ))}
        {SERIES.map(([series]) => (
          <path class={series} d={line(series)} />
        ))}
      </svg>
      <figcaption>
        {SERIES.map(([series, label]) => (
          <span class={`key ${series}`}>{label}</span>
        ))}
        <span class="quiet">
          per minute, up to {count(top)}
          {first && last && `; ${date(first.date)} to ${date(last.date)}`}
        </span>
      </figcaption>
    </figure>
  );
}
