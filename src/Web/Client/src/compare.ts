import { ask, type Comparison, type Opened, type Situation } from './api';
import { announce, fill, h, link } from './dom';
import { clock, exact, signed, words } from './format';
import { setKeys } from './keys';
import { Latest } from './latest';
import { ExplainPanel } from './log';
import { Ladder, OrdersPanel, SituationPanel } from './panels';
import { Player } from './player';
import { Transport } from './transport';
import { RunView } from './view';
import type { Explanation } from './api';

interface Half { view: RunView; situation: SituationPanel; orders: OrdersPanel; ladder: Ladder; element: HTMLElement; path: string }

// Two runs at the same moment, with the event at which they part.
export class ComparePage {
  private halves: Half[] = [];
  private transport: Transport | null = null;
  private player: Player | null = null;
  private comparison: Comparison | null = null;
  private readonly scrubbed = new Latest(seconds => this.goTo(seconds, false));
  private readonly problem = h('div', { role: 'alert' });
  private readonly explain = new ExplainPanel({ go: at => void this.goIn(this.explaining, at), close: () => this.explain.close() });
  private explaining = 0;
  private readonly delta = h('p', { class: 'delta', role: 'status' });
  private urlTimer = 0;
  private left = false;

  constructor(private readonly main: HTMLElement, query: URLSearchParams) {
    document.title = 'Two runs — EventSourcedMM';
    fill(main, h('p', { class: 'quiet' }, 'Comparing…'));
    void this.open(query);
  }

  takes(path: string, query: URLSearchParams): boolean {
    if (path !== '/compare' || this.halves.length === 0 || this.halves.some((half, i) => half.view.stream !== `run/${query.get(i ? 'second' : 'first')}`)) return false;
    void this.restore(query);
    return true;
  }

  leave(): void {
    this.left = true;
    this.player?.stop();
    this.transport?.leave();
    this.halves.forEach(half => half.view.leave());
    clearTimeout(this.urlTimer);
    removeEventListener('escape', this.escape);
  }

  private async open(query: URLSearchParams): Promise<void> {
    const streams = ['first', 'second'].map(name => `run/${query.get(name) ?? ''}`);
    try {
      const compared = ask<Comparison>('compare', { first: streams[0], second: streams[1] });
      const opened = await Promise.all(streams.map(s => RunView.open(s)));
      this.comparison = await compared;
      if (this.left) return;
      this.build(opened);
      await this.restore(query);
    } catch (error) {
      fill(this.main, h('header', { class: 'top' }, link('/', { class: 'home' }, '◂ All'), h('h1', {}, 'Two runs')), h('p', { class: 'error', role: 'alert' }, (error as Error).message));
    }
  }

  private build(opened: Opened[]): void {
    this.halves = opened.map((o, i) => this.half(o, i));
    const { divergence, settings } = this.comparison!;
    const [start, end] = [Math.min(...opened.map(o => o.start)), Math.max(...opened.map(o => o.end))];
    this.transport = new Transport(opened[0].stream, start, end, {
      scrub: s => { this.transport!.setLine(s); void this.scrubbed.go(s); }, jump: (kind, forward) => void this.jump(kind, forward), play: () => this.togglePlay(),
      window: (from, to) => { this.setWindow(from, to); this.address(true); }, go: text => void this.goTo(Date.parse(text) / 1000, true),
    }, true);
    this.player = new Player(() => this.transport!.speed, () => end, s => this.goTo(s, false), s => this.halves.forEach(half => half.view.charts.setCursor(s)), () => this.transport!.setPlaying(false));
    fill(this.main,
      h('header', { class: 'top' }, link('/', { class: 'home', title: 'All days and runs (b)' }, '◂ All'), h('h1', {}, 'Two runs'),
        h('span', { class: 'tools' }, h('button', { title: 'Keys (?)', onclick: () => dispatchEvent(new KeyboardEvent('keydown', { key: '?' })) }, '? Keys'), h('button', { 'aria-label': 'Light or dark', onclick: () => dispatchEvent(new Event('theme')) }, '◐'))),
      this.problem,
      h('section', { class: 'parting', id: 'divergence' },
        divergence
          ? [h('p', {}, h('strong', {}, `≠ They part at event ${divergence.sequence}`), ` at ${clock(divergence.time)} UTC. `, h('button', { class: 'main', title: 'Go there (x)', onclick: () => this.toDivergence() }, 'Go there')),
            h('dl', {}, h('dt', {}, 'A'), h('dd', {}, divergence.first?.text ?? 'ended before'), h('dt', {}, 'B'), h('dd', {}, divergence.second?.text ?? 'ended before')),
            divergence.fields.length ? h('p', { class: 'quiet' }, `Different in it: ${divergence.fields.map(f => `${words(f.name)} ${f.first} and ${f.second}`).join('; ')}.`) : null]
          : h('p', {}, h('strong', {}, '= Identical'), ' from the second event to the last.'),
        settings.length ? h('details', {}, h('summary', {}, `${settings.length} settings differ: ${settings.slice(0, 4).map(s => s.name).join(', ')}${settings.length > 4 ? '…' : ''}`),
          h('div', { class: 'scroll' }, h('table', { class: 'list' }, h('thead', {}, h('tr', {}, h('th', {}, 'setting'), h('th', {}, 'A'), h('th', {}, 'B'))), h('tbody', {}, settings.map(s => h('tr', {}, h('td', {}, s.name), h('td', {}, s.first), h('td', {}, s.second))))))) : null),
      this.transport.element, this.delta,
      h('div', { class: 'halves' }, this.halves.map(half => half.element)), this.explain.element);
    setKeys([
      { keys: [' '], says: 'play or pause', group: 'Time', does: () => this.togglePlay() },
      { keys: ['['], says: 'slower', group: 'Time', does: () => this.transport!.changeSpeed(-1) },
      { keys: [']'], says: 'faster', group: 'Time', does: () => this.transport!.changeSpeed(1) },
      { keys: ['ArrowRight'], says: 'next event of A', group: 'Time', does: () => void this.jump('event', true) },
      { keys: ['ArrowLeft'], says: 'previous event of A', group: 'Time', does: () => void this.jump('event', false) },
      { keys: ['x'], says: 'where the runs part', group: 'Jump', does: () => this.toDivergence() },
      { keys: ['f'], says: 'next fill of A', group: 'Jump', does: () => void this.jump('fill', true) },
      { keys: ['F'], says: 'previous fill of A', group: 'Jump', does: () => void this.jump('fill', false) },
      { keys: ['+', '='], says: 'show less time', group: 'Window', does: () => this.transport!.zoom(0.5) },
      { keys: ['-'], says: 'show more time', group: 'Window', does: () => this.transport!.zoom(2) },
      { keys: ['0'], says: 'show everything', group: 'Window', does: () => this.setWindow(start, end) },
      { keys: ['b'], says: 'all days and runs', group: 'Ask', does: () => { history.pushState(null, '', '/'); dispatchEvent(new Event('navigate')); } },
    ]);
    addEventListener('escape', this.escape);
    Object.assign(window, { viewer: { spot: (seconds: number, price: number, half = 0) => this.halves[half].view.charts.spot(seconds, price) } });
    void this.transport.load();
  }

  private half(opened: Opened, index: number): Half {
    const name = index ? 'B' : 'A';
    const view = new RunView(opened, {
      cursor: s => void this.goTo(s, true), window: (from, to) => { this.setWindow(from, to); this.address(true); },
      fill: sequence => { void this.goIn(index, `r${sequence}`); void this.explainIn(index, { sequence }); },
      quote: s => void this.goTo(s, true).then(() => this.explainIn(index, { at: view.at })),
    }, error => this.fail(error), true);
    if (this.comparison?.divergence) view.charts.markDivergence(this.comparison.divergence.seconds);
    const events = { explain: (sequence: number) => void this.explainIn(index, { sequence }), whyNot: () => void this.explainIn(index, { at: view.at }) };
    const [situation, orders, ladder] = [new SituationPanel(opened, events), new OrdersPanel(events), new Ladder(events, `Book and quotes of ${name}`)];
    const path = `/run/${opened.run!.name}/${opened.symbol}`;
    const element = h('section', { class: 'half', 'aria-label': `Run ${name}` },
      h('h2', {}, h('span', { class: 'letter' }, name), ' ', link(path, {}, opened.run!.name)),
      // A line in both, so that the charts stand at one height.
      h('p', { class: 'kind quiet' }, opened.run!.parent ? `fork of ${opened.run!.parent} at ${opened.run!.parentSequence}` : opened.run!.kind),
      view.charts.element, situation.element, orders.element, ladder.element);
    return { view, situation, orders, ladder, element, path };
  }

  private async restore(query: URLSearchParams): Promise<void> {
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    const opened = this.halves.map(half => half.view.opened);
    this.setWindow(...(to > from ? [from, to] : [Math.min(...opened.map(o => o.start)), Math.max(...opened.map(o => o.end))]) as [number, number]);
    const at = Number(query.get('at')) || this.comparison?.divergence?.seconds || opened[0].start;
    await this.goTo(at, false);
  }

  private async goTo(seconds: number, remember: boolean): Promise<void> {
    if (!Number.isFinite(seconds)) return;
    try {
      const at = await Promise.all(this.halves.map(half => half.view.goToTime(seconds)));
      this.arrived(at, remember);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  // One goes to an event of its own, the other to the same time.
  private async goIn(index: number, at: string): Promise<void> {
    try {
      const own = await this.halves[index].view.go(at);
      if (!own) return;
      const other = await this.halves[1 - index].view.go(own.time);
      this.arrived(index === 0 ? [own, other] : [other, own], true);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private toDivergence(): void {
    const parted = this.comparison?.divergence;
    if (!parted) return;
    const go = async (): Promise<void> => {
      const at = await Promise.all([parted.first, parted.second].map((side, i) => side ? this.halves[i].view.go(side.at) : this.halves[i].view.go('end')));
      this.setWindow(parted.seconds - 60, parted.seconds + 60);
      this.arrived(at, true);
    };
    void go().catch(e => this.fail(e as Error));
  }

  private arrived(at: (Situation | null)[], remember: boolean): void {
    at.forEach((s, i) => {
      if (!s) return;
      this.halves[i].situation.show(s);
      this.halves[i].orders.show(s.orders ?? []);
      this.halves[i].ladder.show(s);
      this.halves[i].view.followCursor();
    });
    const s = at[0] ?? at[1];
    if (!s) return;
    this.transport!.setAt(s.seconds, s.time);
    if (this.scrubbed.wanted !== null) this.transport!.setLine(this.scrubbed.wanted);
    this.transport!.setWindow(this.halves[0].view.from, this.halves[0].view.to);
    const [a, b] = at;
    if (a?.pnl && b?.pnl) {
      const difference = String(Number((Number(b.pnl) - Number(a.pnl)).toFixed(6)));
      const quote = this.halves[0].view.opened.quote;
      fill(this.delta, `${clock(s.time)}: PnL A ${signed(a.pnl)}, B ${signed(b.pnl)}, B − A ${signed(difference)} ${quote}; inventory A ${exact(a.inventory)}, B ${exact(b.inventory)}; fills A ${a.fills}, B ${b.fills}`);
    }
    this.address(remember);
  }

  private async jump(kind: string, forward: boolean): Promise<void> {
    try {
      const view = this.halves[0].view;
      const { at } = await ask<{ at: string | null }>('jump', { stream: view.stream, at: view.at, kind, direction: forward ? 'next' : 'previous' });
      if (at === null) announce(`No ${forward ? 'later' : 'earlier'} ${kind}.`);
      else await this.goIn(0, at);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private async explainIn(index: number, which: { sequence: number } | { at: string }): Promise<void> {
    this.explaining = index;
    const view = this.halves[index].view;
    this.explain.wait(`run ${index ? 'B' : 'A'}`);
    try {
      this.explain.show(await ask<Explanation>('explain', { stream: view.stream, ...which }), view.opened.streams.map(s => s.name));
      this.explain.element.scrollIntoView({ block: 'nearest' });
    } catch (error) {
      this.explain.fail((error as Error).message);
    }
  }

  private setWindow(from: number, to: number): void {
    this.halves.forEach(half => half.view.setWindow(from, to));
    this.transport!.setWindow(from, to);
  }

  private togglePlay(): void {
    const player = this.player!;
    if (player.on) {
      player.stop();
      return;
    }
    player.start(this.halves[0].view.seconds);
    this.transport!.setPlaying(true);
  }

  private readonly escape = (): void => {
    if (this.player?.on) this.player.stop();
    else this.explain.close();
  };

  private fail(error: Error): void {
    this.player?.stop();
    fill(this.problem, h('p', { class: 'error' }, error.message));
  }

  private address(remember: boolean): void {
    const [a, b] = this.halves.map(half => half.view);
    const query = new URLSearchParams({ first: a.stream.slice(4), second: b.stream.slice(4), at: a.seconds.toFixed(6) });
    if (!(a.from <= a.opened.start && a.to >= a.opened.end)) {
      query.set('from', a.from.toFixed(6));
      query.set('to', a.to.toFixed(6));
    }
    const address = `/compare?${query}`;
    clearTimeout(this.urlTimer);
    if (address === location.pathname + location.search) return;
    if (remember) history.pushState(null, '', address);
    else this.urlTimer = window.setTimeout(() => history.replaceState(null, '', address), 250);
  }
}

