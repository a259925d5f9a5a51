import uPlot from 'uplot';
import type { Opened, Series } from './api';
import { h } from './dom';
import { clock, isoOf, real, whole, words } from './format';
import { hatch, triangle, write } from './marks';
import { colour } from './theme';

// Prices with our quotes and fills, PnL, inventory and σ over one window of time. The server sends about one column a pixel;
// nothing else of the day is here.

export interface ChartEvents {
  cursor(seconds: number): void;
  window(from: number, to: number): void;
  fill(sequence: number): void;
  quote(seconds: number): void;
}

type Values = (number | null)[];
const Near = 11;

interface Panel { name: string; height: number; share: number; series: (s: Series) => Values[]; options: () => uPlot.Series[]; extra?: Partial<uPlot.Options> }

export class Charts {
  readonly element = h('div', { class: 'charts' });
  private readonly readout = h('p', { class: 'readout', 'aria-hidden': 'true' });
  private readonly place = h('div', { class: 'plots' });
  // The line at the cursor lies over the plots: moving it paints nothing anew.
  private readonly now = h('div', { class: 'now', hidden: true });
  private plots: uPlot[] = [];
  private series: Series | null = null;
  private at = 0;
  private divergence: number | null = null;
  private from = 0;
  private to = 1;
  private width = 0;

  constructor(private readonly opened: Opened, private readonly events: ChartEvents, private readonly compact = false) {
    this.element.append(this.legend(), this.readout, h('div', { class: 'stage' }, this.place, this.now));
    this.place.setAttribute('role', 'img');
    new ResizeObserver(() => this.resize()).observe(this.place);
    addEventListener('themed', this.rebuild);
    this.place.addEventListener('wheel', this.wheel, { passive: false });
  }

  get columns(): number {
    return Math.max(100, Math.round(this.place.clientWidth || 800));
  }

  leave(): void {
    removeEventListener('themed', this.rebuild);
    this.plots.forEach(p => p.destroy());
    this.plots = [];
  }

  setWindow(from: number, to: number): void {
    this.from = from;
    this.to = Math.max(to, from + 1e-6);
    this.plots.forEach(p => p.setScale('x', { min: this.from, max: this.to }));
    queueMicrotask(() => this.placeCursor());
  }

  setSeries(series: Series): void {
    this.series = series;
    if (this.plots.length === 0) this.build();
    else this.plots.forEach((p, i) => p.setData(this.dataOf(this.panels()[i], series), false));
    this.setWindow(this.from, this.to);
    this.plots.forEach(p => p.redraw(true, true));
    queueMicrotask(() => this.placeCursor());
    this.place.setAttribute('aria-label', this.say(series));
  }

  // Where a price of a time is drawn, in pixels of the price panel: what the tests click on.
  spot(seconds: number, price: number): [number, number] | null {
    const u = this.plots[0];
    return u && this.series ? [u.valToPos(seconds, 'x'), u.valToPos(price, 'y')] : null;
  }

  setCursor(seconds: number): void {
    this.at = seconds;
    this.placeCursor();
  }

  private placeCursor(): void {
    const u = this.plots[0];
    if (!u) return;
    const x = u.valToPos(this.at, 'x');
    this.now.hidden = !(x >= 0 && x <= u.over.clientWidth);
    this.now.style.transform = `translateX(${x + u.over.offsetLeft}px)`;
  }

  markDivergence(seconds: number): void {
    this.divergence = seconds;
    this.plots.forEach(p => p.redraw(false, false));
  }

  private say(s: Series): string {
    const mid = s.mid.filter((m): m is number => m !== null);
    const range = mid.length ? `mid ${real(Math.min(...mid), 8)} to ${real(Math.max(...mid), 8)} ${this.opened.quote ?? ''}` : 'no prices';
    return `Chart from ${isoOf(this.from)} to ${isoOf(this.to)}: ${range}${s.fillCount === undefined ? '' : `, ${s.fillCount} fills`}.${this.divergence === null ? '' : ` The runs part at ${clock(isoOf(this.divergence), 3)}, a line marks it.`} The table of the log below lists the same events.`;
  }

  private legend(): HTMLElement {
    const entry = (kind: string, text: string): HTMLElement => h('span', {}, h('i', { class: `key ${kind}` }), text);
    return h('p', { class: 'legend' },
      entry('market', 'market'),
      this.opened.run ? [entry('bid', 'our bid'), entry('ask', 'our ask'), h('span', { class: 'bought' }, '▲ bought'), h('span', { class: 'sold' }, '▼ sold')] : null,
      entry('untrusted', 'book not trusted'));
  }

  private panels(): Panel[] {
    const run = this.opened.run;
    const quote = this.opened.quote ?? '';
    const thin = (name: string, options: uPlot.Series): uPlot.Series => ({ label: name, points: { show: false }, spanGaps: false, ...options });
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const price: Panel = {
      name: `price, ${quote}`, height: this.compact ? 210 : 300, share: 1,
      series: s => [s.low, s.high, s.bid, s.ask, ...(run ? [s.ourBid!, s.ourAsk!] : [])],
      options: () => [
        thin('low', { width: 0 }), thin('high', { width: 0 }),
        thin('bid', { stroke: colour('market'), width: 1, paths: stepped }), thin('ask', { stroke: colour('market'), width: 1, paths: stepped }),
        ...(run ? [
          thin('our bid', { stroke: colour('bid'), width: 1.6, paths: stepped }),
          thin('our ask', { stroke: colour('ask'), width: 1.6, dash: [5, 3], paths: stepped })] : []),
      ],
      extra: { bands: [{ series: [2, 1], fill: colour('band') }] },
    };
    if (!run) {
      return [price, { name: `traded, ${this.opened.base ?? ''} a column`, height: 120, share: 0, series: s => [s.volume], options: () => [thin('volume', { stroke: colour('line'), fill: colour('band'), width: 1, paths: uPlot.paths.bars!({ size: [1, 100] }) })] }];
    }
    const small = this.compact ? 90 : 120;
    return [price,
      { name: `PnL, ${quote}`, height: small, share: 0, series: s => [s.pnlLow!, s.pnlHigh!, s.pnl!], options: () => [thin('low', { width: 0 }), thin('high', { width: 0 }), thin('PnL', { stroke: colour('pnl'), width: 1.6 })], extra: { bands: [{ series: [2, 1], fill: colour('band') }] } },
      { name: `inventory q, ${this.opened.base ?? ''}`, height: small, share: 0, series: s => [s.inventory!], options: () => [thin('q', { stroke: colour('inventory'), width: 1.6, paths: stepped })] },
      { name: `σ, ${quote}/√s`, height: this.compact ? 60 : 84, share: 0, series: s => [s.sigma!], options: () => [thin('σ', { stroke: colour('line'), width: 1.2, paths: stepped })] },
    ];
  }

  private dataOf(panel: Panel, s: Series): uPlot.AlignedData {
    return [s.time, ...panel.series(s)] as uPlot.AlignedData;
  }

  private readonly rebuild = (): void => {
    this.plots.forEach(p => p.destroy());
    this.plots = [];
    if (this.series) this.build();
  };

  private build(): void {
    this.width = this.columns;
    this.plots = this.panels().map((panel, index) => new uPlot(this.options(panel, index), this.dataOf(panel, this.series!), this.place));
    this.plots[0].over.addEventListener('click', this.click);
    this.plots.slice(1).forEach(p => p.over.addEventListener('click', event => this.clickAt(p, event)));
  }

  private options(panel: Panel, index: number): uPlot.Options {
    const last = index === this.panels().length - 1;
    const axis = { stroke: colour('quiet'), grid: { stroke: colour('grid'), width: 1 }, ticks: { stroke: colour('grid'), width: 1, size: 4 }, font: '11px system-ui, sans-serif' };
    return {
      width: this.width, height: panel.height + (last ? 26 : 0), title: '', legend: { show: false }, padding: [10, 8, 2, 0],
      pxAlign: 0,
      cursor: { sync: { key: this.opened.stream }, drag: { x: true, y: false, setScale: false }, points: { show: false }, y: index === 0 },
      tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), 'Etc/UTC'),
      scales: { x: { time: true, range: () => [this.from, this.to] }, y: { range: (_u, low, high) => this.range(index, low, high) } },
      axes: [
        { ...axis, show: last, size: 26, values: (_u, splits, _a, _s, step) => splits.map(v => step >= 86400 ? isoOf(v).slice(5, 10) : step >= 60 ? clock(isoOf(v), 0).slice(0, 5) : step >= 1 ? clock(isoOf(v), 0) : clock(isoOf(v), 3)) },
        { ...axis, size: 74, values: (_u, splits) => splits.map(v => real(v, 9)) },
      ],
      series: [{}, ...panel.options()],
      hooks: {
        drawClear: [u => this.below(u, index)],
        draw: [u => this.above(u, index, panel.name)],
        setSelect: [u => this.select(u)],
        setCursor: [u => this.hover(u)],
      },
      ...panel.extra,
    };
  }

  private range(index: number, low: number | null, high: number | null): [number, number] {
    if (index === 0) {
      for (const [time, price] of this.series?.fills ?? []) {
        if (time < this.from || time > this.to) continue;
        low = Math.min(low ?? price, price);
        high = Math.max(high ?? price, price);
      }
    }
    if (low === null || high === null) return [0, 1];
    const run = this.opened.run;
    if (run && index === 2 && run.threshold !== undefined) {
      low = Math.min(low, -run.threshold);
      high = Math.max(high, run.threshold);
    }
    if (!run && index === 1 || run && index === 3) low = 0;
    const margin = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.001 || 1;
    return [low === 0 ? 0 : low - margin, high + margin];
  }

  // Where the book could not be trusted, and levels that mean something.
  private below(u: uPlot, index: number): void {
    const s = this.series;
    if (!s) return;
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (let i = 0; i < s.time.length; i++) {
      if (s.trusted[i]) continue;
      const first = i;
      while (i + 1 < s.time.length && !s.trusted[i + 1]) i++;
      const left = u.valToPos(first > 0 ? s.time[first - 1] : s.time[first], 'x', true);
      const right = u.valToPos(s.time[i], 'x', true);
      hatch(ctx, left, bbox.top, Math.max(right - left, 2), bbox.height, colour('untrusted'));
    }
    const run = this.opened.run;
    if (run && index === 1) this.level(u, 0, colour('quiet'), '');
    if (run && index === 2) {
      this.level(u, 0, colour('quiet'), '');
      for (const sign of [1, -1]) {
        this.level(u, sign * (run.threshold ?? 0), colour('threshold'), 'N★');
        this.level(u, sign * (run.most ?? 0), colour('sold'), 'N_max');
      }
    }
    ctx.restore();
  }

  private level(u: uPlot, value: number, stroke: string, name: string): void {
    const y = u.valToPos(value, 'y', true);
    if (y < u.bbox.top || y > u.bbox.top + u.bbox.height) return;
    const { ctx, bbox } = u;
    ctx.strokeStyle = ctx.fillStyle = stroke;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    if (name) {
      ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = 'right';
      write(ctx, name, bbox.left + bbox.width - 4 * devicePixelRatio, y - 3 * devicePixelRatio < bbox.top + 10 * devicePixelRatio ? y + 11 * devicePixelRatio : y - 3 * devicePixelRatio, colour('back'));
    }
  }

  private above(u: uPlot, index: number, name: string): void {
    const s = this.series;
    const { ctx, bbox } = u;
    const px = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `${11 * px}px system-ui, sans-serif`;
    ctx.fillStyle = colour('quiet');
    ctx.textAlign = 'left';
    write(ctx, name, bbox.left + 6 * px, bbox.top + 14 * px, colour('back'));
    if (s && index === 0) {
      for (const [time, price, side] of s.fills ?? []) {
        triangle(ctx, u.valToPos(time, 'x', true), u.valToPos(price, 'y', true), 5 * px, side > 0, colour(side > 0 ? 'bought' : 'sold'), colour('back'));
      }
      this.stops(u, s);
    }
    if (this.divergence !== null) this.line(u, this.divergence, colour('sold'), [6 * px, 4 * px], index === 0 ? 'runs part here' : '');
    ctx.restore();
  }

  private stops(u: uPlot, s: Series): void {
    let last = -100;
    for (const [time, type, reason] of s.stops ?? []) {
      const x = u.valToPos(time, 'x', true);
      const isHalt = type === 'halted' || type === 'killSwitchPulled';
      if (time < this.from || (!isHalt && x - last < 14 * devicePixelRatio)) continue;
      last = x;
      u.ctx.fillStyle = colour(isHalt ? 'sold' : 'quiet');
      u.ctx.textAlign = 'center';
      write(u.ctx, isHalt ? `■ ${words(reason)}` : type === 'resumed' ? '▷' : '◇', x, u.bbox.top + u.bbox.height - 5 * devicePixelRatio, colour('back'));
    }
  }

  private line(u: uPlot, seconds: number, stroke: string, dash: number[], name: string): void {
    const x = u.valToPos(seconds, 'x', true);
    if (!(x >= u.bbox.left && x <= u.bbox.left + u.bbox.width)) return;
    const { ctx, bbox } = u;
    ctx.strokeStyle = ctx.fillStyle = stroke;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    if (name) {
      const right = x > bbox.left + bbox.width * 0.7;
      ctx.textAlign = right ? 'right' : 'left';
      write(ctx, name, x + (right ? -5 : 5) * devicePixelRatio, bbox.top + 28 * devicePixelRatio, colour('back'));
    }
  }

  private hover(u: uPlot): void {
    const s = this.series;
    const i = u.cursor.idx;
    if (!s || i === null || i === undefined || (u.cursor.left ?? -1) < 0) return;
    const value = (name: string, v: number | null | undefined): string => v === null || v === undefined ? '' : ` · ${name} ${real(v, 9)}`;
    this.readout.textContent = `${clock(isoOf(s.time[i]))}${value('bid', s.bid[i])}${value('ask', s.ask[i])}`
      + (this.opened.run ? `${value('our bid', s.ourBid?.[i])}${value('our ask', s.ourAsk?.[i])}${value('PnL', s.pnl?.[i])}${value('q', s.inventory?.[i])}` : ` · traded ${whole(s.volume[i])}`);
  }

  private select(u: uPlot): void {
    const { left, width } = u.select;
    if (width > 4) this.events.window(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'));
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private readonly click = (event: MouseEvent): void => {
    const u = this.plots[0];
    const s = this.series;
    const { left, top } = u.over.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    let best = Near;
    let hit: number | null = null;
    for (const [time, price, , sequence] of s?.fills ?? []) {
      const distance = Math.hypot(u.valToPos(time, 'x') - x, u.valToPos(price, 'y') - y);
      if (distance < best) [best, hit] = [distance, sequence];
    }
    if (hit !== null) {
      this.events.fill(hit);
      return;
    }
    const i = u.posToIdx(x);
    const isNear = (v: number | null | undefined): boolean => v !== null && v !== undefined && Math.abs(u.valToPos(v, 'y') - y) < 6;
    if (isNear(s?.ourBid?.[i]) || isNear(s?.ourAsk?.[i])) this.events.quote(u.posToVal(x, 'x'));
    else this.events.cursor(u.posToVal(x, 'x'));
  };

  private clickAt(u: uPlot, event: MouseEvent): void {
    this.events.cursor(u.posToVal(event.clientX - u.over.getBoundingClientRect().left, 'x'));
  }

  private readonly wheel = (event: WheelEvent): void => {
    if (!event.shiftKey && !event.ctrlKey) return;
    event.preventDefault();
    const u = this.plots[0];
    if (!u) return;
    const span = this.to - this.from;
    if (event.shiftKey) {
      const move = span * Math.sign(event.deltaY || event.deltaX) * 0.1;
      this.events.window(this.from + move, this.to + move);
    } else {
      const middle = u.posToVal(event.clientX - u.over.getBoundingClientRect().left, 'x');
      const factor = event.deltaY > 0 ? 1.25 : 0.8;
      this.events.window(middle - (middle - this.from) * factor, middle + (this.to - middle) * factor);
    }
  };

  private resize(): void {
    const width = this.columns;
    if (width === this.width || this.plots.length === 0) return;
    this.width = width;
    this.plots.forEach(p => p.setSize({ width, height: p.height }));
  }
}
