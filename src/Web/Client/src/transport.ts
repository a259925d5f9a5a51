import { ask, type Series } from './api';
import { h } from './dom';
import { clock, day, isoOf } from './format';
import { hatch } from './marks';
import { colour } from './theme';

// The time line over the whole run, and what moves the cursor along it.

export interface TransportEvents {
  scrub(seconds: number): void;
  jump(kind: string, forward: boolean): void;
  play(on: boolean): void;
  window(from: number, to: number): void;
  go(text: string): void;
}

export const Speeds = [0.1, 1, 5, 20, 60, 300, 1000, 5000];

export class Transport {
  readonly element: HTMLElement;
  speed = 60;
  private readonly canvas = h('canvas', {});
  private readonly now = h('div', { class: 'now' });
  private readonly slider: HTMLElement;
  private readonly playing = h('button', { class: 'play', onclick: () => this.events.play(true), 'aria-pressed': 'false', title: 'Play or pause (Space)' }, '▶ Play');
  private readonly speeds: HTMLSelectElement;
  private readonly kind: HTMLSelectElement;
  private readonly time: HTMLInputElement;
  private readonly share = h('span', { class: 'quiet indexed' });
  private series: Series | null = null;
  private at = 0;
  private shown: [number, number] = [0, 1];

  constructor(private readonly stream: string, private start: number, private end: number, private readonly events: TransportEvents, hasRun: boolean) {
    this.slider = h('div', {
      class: 'overview', role: 'slider', tabindex: 0, 'aria-label': 'Time line', 'aria-valuemin': 0, 'aria-valuemax': 1000, 'aria-valuenow': 0,
      onkeydown: (e: KeyboardEvent) => this.key(e), onpointerdown: (e: PointerEvent) => this.point(e), onpointermove: (e: PointerEvent) => { if (e.buttons) this.point(e); },
    }, this.canvas, this.now);
    this.speeds = h('select', { 'aria-label': 'Speed', title: 'Speed ([ and ])', onchange: () => { this.speed = Number(this.speeds.value); } }, Speeds.map(s => h('option', { value: s, selected: s === this.speed }, `${s}×`)));
    this.kind = h('select', { 'aria-label': 'Jump to' }, (hasRun ? ['fill', 'decision', 'halt', 'stop', 'gap', 'event'] : ['gap', 'event']).map(k => h('option', { value: k }, k)));
    this.time = h('input', { class: 'goto', 'aria-label': 'Time at the cursor, UTC', spellcheck: 'false', autocomplete: 'off', onkeydown: (e: KeyboardEvent) => { if (e.key === 'Enter') { this.events.go(this.written()); this.time.blur(); } if (e.key === 'Escape') this.time.blur(); } });
    const button = (text: string, title: string, does: () => void): HTMLElement => h('button', { title, 'aria-label': title, onclick: does }, text);
    this.element = h('section', { class: 'transport', 'aria-label': 'Time' }, this.slider,
      h('div', { class: 'controls' },
        button('◂', 'Previous event (←)', () => events.jump('event', false)), this.playing, button('▸', 'Next event (→)', () => events.jump('event', true)), this.speeds,
        h('span', { class: 'jumps' }, button('|◂', 'Previous of the chosen kind', () => events.jump(this.kind.value, false)), this.kind, button('▸|', 'Next of the chosen kind', () => events.jump(this.kind.value, true))),
        this.time,
        h('span', { class: 'jumps' }, button('−', 'Show more (-)', () => this.zoom(2)), button('+', 'Show less (+)', () => this.zoom(0.5)), button('all', 'Show everything (0)', () => this.events.window(this.start, this.end))),
        this.share));
    new ResizeObserver(() => this.draw()).observe(this.slider);
    addEventListener('themed', this.draw);
  }

  leave(): void {
    removeEventListener('themed', this.draw);
  }

  zoom(factor: number): void {
    const [from, to] = this.shown;
    const middle = this.at >= from && this.at <= to ? this.at : (from + to) / 2;
    this.events.window(middle - (middle - from) * factor, middle + (to - middle) * factor);
  }

  setPlaying(on: boolean): void {
    this.playing.textContent = on ? '‖ Pause' : '▶ Play';
    this.playing.setAttribute('aria-pressed', String(on));
  }

  changeSpeed(step: number): void {
    this.speed = Speeds[Math.max(0, Math.min(Speeds.length - 1, Speeds.indexOf(this.speed) + step))];
    this.speeds.value = String(this.speed);
  }

  setEnd(end: number): void {
    this.end = Math.max(this.end, end);
  }

  setIndexed(share: number, grows: boolean): void {
    this.share.textContent = share < 1 ? `indexed ${Math.floor(share * 100)} %` : grows ? '● in progress' : '';
    this.share.classList.toggle('live', grows && share >= 1);
  }

  setWindow(from: number, to: number): void {
    if (from === this.shown[0] && to === this.shown[1]) return;
    this.shown = [from, to];
    this.draw();
  }

  setAt(seconds: number, iso: string): void {
    this.at = seconds;
    if (document.activeElement !== this.time) this.time.value = `${day(iso)} ${clock(iso)}`;
    this.slider.setAttribute('aria-valuenow', String(Math.round(1000 * (seconds - this.start) / (this.end - this.start || 1))));
    this.slider.setAttribute('aria-valuetext', `${day(iso)} ${clock(iso)} UTC`);
    this.placeCursor();
  }

  // The line alone, ahead of the answer that says what is there.
  setLine(seconds: number): void {
    this.at = seconds;
    this.placeCursor();
  }

  async load(): Promise<void> {
    try {
      this.series = await ask<Series>('series', { stream: this.stream, from: this.start.toFixed(6), to: this.end.toFixed(6), width: 600 });
      this.draw();
    } catch {
      // The charts ask the same and say what is wrong.
    }
  }

  private written(): string {
    const text = this.time.value.trim().replace(' ', 'T');
    return /^\d{1,2}:/.test(text) ? `${isoOf(this.at).slice(0, 11)}${text}Z` : /\dT\d/.test(text) && !text.endsWith('Z') ? `${text}Z` : text;
  }

  private point(event: PointerEvent): void {
    const box = this.slider.getBoundingClientRect();
    this.slider.setPointerCapture(event.pointerId);
    this.events.scrub(this.start + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * (this.end - this.start));
  }

  private key(event: KeyboardEvent): void {
    const step = (this.end - this.start) / 200;
    const to = { ArrowLeft: this.at - step, ArrowRight: this.at + step, PageDown: this.at - step * 10, PageUp: this.at + step * 10, Home: this.start, End: this.end }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.events.scrub(Math.max(this.start, Math.min(this.end, to)));
  }

  private readonly draw = (): void => {
    const px = devicePixelRatio;
    const [width, height] = [this.slider.clientWidth * px, this.slider.clientHeight * px];
    if (width === 0) return;
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    const ctx = this.canvas.getContext('2d')!;
    const x = (t: number): number => (t - this.start) / (this.end - this.start || 1) * width;
    ctx.clearRect(0, 0, width, height);
    const s = this.series;
    if (s) {
      for (let i = 0; i < s.time.length; i++) if (!s.trusted[i]) hatch(ctx, x(i ? s.time[i - 1] : s.time[i]), 0, Math.max(2, x(s.time[i]) - x(i ? s.time[i - 1] : s.time[i])), height, colour('untrusted'));
      this.curve(ctx, s.time.map(x), s.mid, 4 * px, height - 4 * px, colour('market'));
      if (s.pnl) this.curve(ctx, s.time.map(x), s.pnl, 4 * px, height - 4 * px, colour('pnl'));
      ctx.fillStyle = colour('quiet');
      for (const [time, , side] of s.fills ?? []) ctx.fillRect(x(time), side > 0 ? height - 6 * px : 0, px, 6 * px);
      ctx.fillStyle = colour('sold');
      for (const [time, type] of s.stops ?? []) if (type === 'halted' || type === 'killSwitchPulled') ctx.fillRect(x(time) - 2 * px, 0, 4 * px, height);
    }
    const [from, to] = [x(this.shown[0]), x(this.shown[1])];
    ctx.fillStyle = colour('outside');
    ctx.fillRect(0, 0, Math.max(0, from), height);
    ctx.fillRect(to, 0, Math.max(0, width - to), height);
    this.placeCursor();
  };

  private placeCursor(): void {
    this.now.style.transform = `translateX(${Math.round((this.at - this.start) / (this.end - this.start || 1) * this.slider.clientWidth)}px)`;
  }

  private curve(ctx: CanvasRenderingContext2D, xs: number[], values: (number | null)[], top: number, bottom: number, stroke: string): void {
    const known = values.filter((v): v is number => v !== null);
    if (known.length < 2) return;
    const [low, high] = [Math.min(...known), Math.max(...known)];
    ctx.beginPath();
    values.forEach((v, i) => { if (v !== null) ctx.lineTo(xs[i], bottom - (v - low) / (high - low || 1) * (bottom - top)); });
    ctx.strokeStyle = stroke;
    ctx.lineWidth = devicePixelRatio;
    ctx.stroke();
  }
}
