// A chart of lines over time: numbers on its axes, a legend with samples of the lines, the values as a table.

import { useEffect, useRef, useState } from "preact/hooks";
import { formatClock, formatDate, formatNumber } from "../format";

export interface Series<K extends string> {
  key: K;
  label: string;
}

export type Point<K extends string> = { date: string } & Record<K, number>;

const HEIGHT = 220;
const MARGIN = { top: 12, right: 30, bottom: 26, left: 48 };

/** The smallest round number of at least `value`: 1, 2 or 5 times a power of ten. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= value) ?? value;
}

/** Whole numbers from 0 to `top`. */
function steps(top: number): number[] {
  const count = top < 5 ? top : top % 4 === 0 ? 4 : 5;
  return Array.from({ length: count + 1 }, (_, n) => (n * top) / count);
}

/** The minutes between two times on the axis, so that the times do not overlap. */
function stepOfTimes(minutes: number, width: number): number {
  return [1, 2, 5, 10, 15, 30, 60, 120].find((step) => (minutes / step) * 72 <= width) ?? 240;
}

/** The width of the chart in pixels, so that its text has the usual size. */
function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useEffect(() => {
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)),
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, width };
}

export function Chart<K extends string>(props: { label: string; series: Series<K>[]; points: Point<K>[] }) {
  const { series, points } = props;
  const { element, width } = useWidth();
  const [hoveredIndex, setHoveredIndex] = useState<number>();
  const inner = width - MARGIN.left - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const top = ceiling(Math.max(...points.flatMap((point) => series.map(({ key }) => point[key]))));
  const x = (index: number) => MARGIN.left + (points.length > 1 ? index / (points.length - 1) : 1) * inner;
  const y = (value: number) => bottom - (value / top) * (bottom - MARGIN.top);
  const line = (key: K) =>
    points.map((point, index) => `${index ? "L" : "M"}${x(index)} ${y(point[key])}`).join("");
  const handlePointerMove = (event: PointerEvent) => {
    const left = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left - MARGIN.left;
    setHoveredIndex(
      Math.max(0, Math.min(points.length - 1, Math.round((left / inner) * (points.length - 1)))),
    );
  };
  const hovered = hoveredIndex === undefined ? undefined : points[hoveredIndex];
  const cursor = x(hoveredIndex ?? 0);
  return (
    <figure class="chart">
      <figcaption>
        {series.map(({ key, label }) => (
          <span class="key">
            <svg viewBox="0 0 28 4" aria-hidden="true">
              <path class={`series ${key}`} d="M0 2H28" />
            </svg>
            {label}
          </span>
        ))}
      </figcaption>
      <div
        class="plot"
        ref={element}
        onPointerMove={handlePointerMove}
        onPointerLeave={() => setHoveredIndex(undefined)}
      >
        <svg
          width={width}
          height={HEIGHT}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="img"
          aria-label={props.label}
        >
          {steps(top).map((value) => (
            <>
              <line class="grid" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(value)} y2={y(value)} />
              <text x={MARGIN.left - 8} y={y(value) + 4} text-anchor="end">
                {formatNumber(value)}
              </text>
            </>
          ))}
          {points.map(({ date }, index) => {
            const minutes = Math.round(new Date(date).getTime() / 60_000);
            const isMarked = minutes % stepOfTimes(points.length, inner) === 0;
            return (
              isMarked && (
                <text x={x(index)} y={HEIGHT - 6} text-anchor="middle">
                  {formatClock(date)}
                </text>
              )
            );
          })}
          {series.map(({ key }) => (
            <path class={`series ${key}`} d={line(key)} />
          ))}
          {hovered && (
            <>
              <line class="cursor" x1={cursor} x2={cursor} y1={MARGIN.top} y2={bottom} />
              {series.map(({ key }) => (
                <circle class={`series ${key}`} cx={cursor} cy={y(hovered[key])} r="3.5" />
              ))}
            </>
          )}
          {points.length === 1 &&
            series.map(({ key }) => (
              <circle class={`series ${key}`} cx={x(0)} cy={y(points[0]![key])} r="3.5" />
            ))}
        </svg>
        {hovered && (
          <div
            class="tip"
            style={{
              [cursor > width / 2 ? "right" : "left"]:
                `${cursor > width / 2 ? width - cursor + 10 : cursor + 10}px`,
            }}
          >
            <strong>{formatDate(hovered.date)}</strong>
            {series.map(({ key, label }) => (
              <span>
                {label} <b>{formatNumber(hovered[key])}</b>
              </span>
            ))}
          </div>
        )}
      </div>
      <details>
        <summary>Show as a table</summary>
        <div class="table" tabIndex={0} role="region" aria-label="Values of the chart">
          <table>
            <thead>
              <tr>
                <th scope="col">Minute</th>
                {series.map(({ label }) => (
                  <th scope="col">{label}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map((point) => (
                <tr key={point.date}>
                  <td>{formatDate(point.date)}</td>
                  {series.map(({ key }) => (
                    <td>{formatNumber(point[key])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
