import { ask, type Opened, type Series, type Situation } from './api';
import { Charts, type ChartEvents } from './charts';
import { isoOf } from './format';

// One run or day as far as it is shown: a window of it in the charts, and a cursor in it. Of several questions of a kind only
// the last answer counts.
export class RunView {
  readonly charts: Charts;
  at = '';
  from: number;
  to: number;
  situation: Situation | null = null;
  series: Series | null = null;
  private stateAsked: AbortController | null = null;
  private seriesAsked: AbortController | null = null;
  private seriesTimer = 0;

  constructor(public opened: Opened, events: ChartEvents, private readonly failed: (error: Error) => void, compact = false) {
    this.charts = new Charts(opened, events, compact);
    this.from = opened.start;
    this.to = Math.max(opened.end, opened.start + 1);
  }

  static async open(stream: string): Promise<Opened> {
    let opened = await ask<Opened>('open', { stream });
    // A recording that has just begun has not named its instrument yet, or is not read that far.
    for (let i = 0; i < 50 && opened.symbol === undefined && opened.damage.length === 0; i++) {
      await new Promise(r => setTimeout(r, 100));
      opened = await ask<Opened>('open', { stream });
    }
    return opened;
  }

  get stream(): string {
    return this.opened.stream;
  }

  get seconds(): number {
    return this.situation?.seconds ?? this.from;
  }

  leave(): void {
    this.stateAsked?.abort();
    this.seriesAsked?.abort();
    clearTimeout(this.seriesTimer);
    this.charts.leave();
  }

  // What is at a position, asked before the page knows anything of the run: null when it cannot be said (yet).
  static there(stream: string, at: string): Promise<Situation | null> {
    return ask<Situation>('state', { stream, at, depth: 12 }).catch(() => null);
  }

  // Goes to a position and answers with what is there; null when a later question overtook this one.
  async go(at: string, there: Promise<Situation | null> = Promise.resolve(null)): Promise<Situation | null> {
    this.stateAsked?.abort();
    const asked = this.stateAsked = new AbortController();
    try {
      const situation = await there ?? await ask<Situation>('state', { stream: this.stream, at, depth: 12 }, asked.signal);
      if (asked.signal.aborted) return null;
      this.situation = situation;
      this.at = situation.at;
      this.charts.setCursor(situation.seconds);
      return situation;
    } catch (error) {
      if (asked.signal.aborted) return null;
      throw error;
    }
  }

  goToTime(seconds: number): Promise<Situation | null> {
    return this.go(isoOf(seconds));
  }

  setWindow(from: number, to: number): void {
    const least = 0.02;
    if (to - from < least) [from, to] = [(from + to) / 2 - least / 2, (from + to) / 2 + least / 2];
    const all = Math.max(this.opened.end - this.opened.start, 1);
    const span = Math.min(to - from, all * 1.02);
    from = Math.max(this.opened.start - all * 0.01, Math.min(from, this.opened.end + all * 0.01 - span));
    [this.from, this.to] = [from, from + span];
    this.charts.setWindow(this.from, this.to);
    clearTimeout(this.seriesTimer);
    // A window that is dragged is asked for when it rests; the first one at once.
    if (this.series || this.seriesAsked) this.seriesTimer = window.setTimeout(() => void this.load(), 40);
    else void this.load();
  }

  // Keeps the cursor in the window: a page further where it has left it.
  followCursor(): void {
    const span = this.to - this.from;
    const at = this.seconds;
    if (at < this.from || at > this.to) this.setWindow(at - span * 0.1, at + span * 0.9);
  }

  async load(): Promise<void> {
    this.seriesAsked?.abort();
    const asked = this.seriesAsked = new AbortController();
    try {
      const series = await ask<Series>('series', { stream: this.stream, from: this.from.toFixed(6), to: this.to.toFixed(6), width: this.charts.columns }, asked.signal);
      if (asked.signal.aborted) return;
      this.series = series;
      this.charts.setSeries(series);
    } catch (error) {
      if (!asked.signal.aborted) this.failed(error as Error);
    }
  }
}
