import { ask, follow, type Explanation, type Log, type Opened, type Situation } from './api';
import { announce, fill, h, link } from './dom';
import { clock, exact, isoOf, signed, words } from './format';
import { showFork } from './fork';
import { setKeys } from './keys';
import { Latest } from './latest';
import { ExplainPanel, LogPanel } from './log';
import { Ladder, OrdersPanel, SituationPanel } from './panels';
import { Player } from './player';
import { Transport } from './transport';
import { RunView } from './view';

const LogPause = 350;

// A run or a day: charts, time line, figures, orders, ladder, log and explanation around one cursor. The address is the state.
export class ViewPage {
  private view: RunView | null = null;
  private transport: Transport | null = null;
  private player: Player | null = null;
  private situation!: SituationPanel;
  private orders!: OrdersPanel;
  private ladder!: Ladder;
  private log!: LogPanel;
  private explain!: ExplainPanel;
  private readonly badges = h('span', { class: 'badges' });
  private readonly problem = h('div', { role: 'alert' });
  private readonly broken = h('div', {});
  private readonly live = h('button', { hidden: true, 'aria-pressed': 'false', title: 'Stay at the end (l)', onclick: () => this.toggleLive() }, '● Live');
  private show = 'main';
  private explained: string | null = null;
  private following = false;
  private stopFollowing = (): void => { };
  private logTimer = 0;
  private urlTimer = 0;
  private left = false;
  private everything = true;
  private readonly scrubbed = new Latest(seconds => this.left ? Promise.resolve() : this.goToTime(seconds, false));

  constructor(private readonly main: HTMLElement, private readonly path: string, private readonly stream: string, query: URLSearchParams) {
    const name = stream.split('/').slice(1).join(' ');
    document.title = `${name} — EventSourcedMM`;
    fill(main, h('p', { class: 'quiet' }, `Opening ${name}…`));
    void this.open(query);
  }

  takes(path: string, query: URLSearchParams): boolean {
    if (path !== this.path) return false;
    if (this.view) void this.restore(query);
    return true;
  }

  leave(): void {
    this.left = true;
    this.player?.stop();
    this.stopFollowing();
    this.view?.leave();
    this.transport?.leave();
    clearTimeout(this.logTimer);
    clearTimeout(this.urlTimer);
    removeEventListener('escape', this.escape);
  }

  private async open(query: URLSearchParams): Promise<void> {
    let opened: Opened;
    const there = RunView.there(this.stream, query.get('at') ?? '');
    try {
      opened = await RunView.open(this.stream);
    } catch (error) {
      fill(this.main, this.head(null), h('p', { class: 'error', role: 'alert' }, (error as Error).message));
      return;
    }
    if (this.left) return;
    if (opened.symbol === undefined) {
      fill(this.main, this.head(opened), this.damage(opened));
      return;
    }
    this.build(opened);
    await this.restore(query, there);
    if (this.left) return;
    void this.transport!.load();
    if (opened.grows && !query.has('at')) this.toggleLive(true);
    this.follow(opened);
  }

  private build(opened: Opened): void {
    const events = { explain: (sequence: number) => this.explainEvent(sequence), whyNot: () => void this.whyNot(), go: (at: string) => void this.go(at, true), close: () => this.closeExplanation(), show: (filter: string) => { this.show = filter; this.address(true); void this.loadLog(); } };
    const view = this.view = new RunView(opened, {
      cursor: seconds => void this.goToTime(seconds, true),
      window: (from, to) => { this.setWindow(from, to); this.address(true); },
      fill: sequence => { void this.go(`r${sequence}`, true); this.explainEvent(sequence); },
      quote: seconds => void this.goToTime(seconds, true).then(() => this.whyNot()),
    }, error => this.fail(error));
    this.situation = new SituationPanel(opened, events);
    this.orders = new OrdersPanel(events);
    this.ladder = new Ladder(events);
    this.log = new LogPanel(events, opened.run !== undefined);
    this.explain = new ExplainPanel(events);
    this.transport = new Transport(this.stream, opened.start, opened.end, {
      scrub: seconds => this.scrub(seconds), jump: (kind, forward) => void this.jump(kind, forward), play: () => this.togglePlay(),
      window: (from, to) => { this.setWindow(from, to); this.address(true); }, go: text => void this.go(text, true),
    }, opened.run !== undefined);
    this.player = new Player(() => this.transport!.speed, () => view.opened.end, seconds => this.goToTime(seconds, false), seconds => { view.charts.setCursor(seconds); }, () => { this.transport!.setPlaying(false); this.address(false); });
    fill(this.main, this.head(opened), this.problem, this.damage(opened),
      h('div', { class: 'view' },
        h('div', { class: 'left' }, view.charts.element, this.transport.element, h('div', { class: 'below' }, this.log.element, this.explain.element)),
        h('div', { class: 'right' }, this.situation.element, opened.run ? this.orders.element : null, this.ladder.element)));
    this.setKeys(opened);
    addEventListener('escape', this.escape);
    Object.assign(window, { viewer: { frames: () => this.player?.frames ?? [], at: () => view.at, spot: (seconds: number, price: number) => view.charts.spot(seconds, price) } });
  }

  private head(opened: Opened | null): HTMLElement {
    const run = opened?.run;
    const title = run ? run.name : this.stream.split('/').slice(1, 3).join(' ');
    if (opened) fill(this.badges, this.facts(opened));
    return h('header', { class: 'top' },
      link('/', { class: 'home', title: 'All days and runs (b)' }, '◂ All'), h('h1', {}, title), this.badges,
      h('span', { class: 'tools' }, this.live,
        run ? h('button', { title: run.noFork ?? 'Fork from the cursor (k)', disabled: run.noFork !== null, onclick: () => this.fork() }, '⎇ Fork') : null,
        run?.parent ? link(`/compare?${new URLSearchParams({ first: `${run.parent}/${opened!.symbol}`, second: `${run.name}/${opened!.symbol}` })}`, { class: 'button' }, '⇄ With its parent') : null,
        h('button', { title: 'Keys (?)', onclick: () => dispatchEvent(new KeyboardEvent('keydown', { key: '?' })) }, '? Keys'),
        h('button', { title: 'Light or dark (t)', 'aria-label': 'Light or dark', onclick: () => dispatchEvent(new Event('theme')) }, '◐')));
  }

  private facts(opened: Opened): HTMLElement[] {
    const run = opened.run;
    const badge = (text: string, kind = '', title = ''): HTMLElement => h('span', { class: `badge ${kind}`, title }, text);
    return [
      badge(opened.symbol ?? '?'),
      ...(run ? [badge(run.kind), badge(`queue ${run.queue}`), badge(`${run.feePpm} ppm`), ...(run.sealed ? [badge(`${run.fills} fills`)] : [])] : []),
      ...(run?.parent ? [badge(`⎇ fork of ${run.parent} at ${run.parentSequence}`)] : []),
      ...(run?.halted ? [badge(`■ ended halted: ${words(run.halted)}`, 'bad')] : []),
      ...(run && !run.sealed ? [badge('● in progress', 'live')] : []),
      ...(opened.gaps ? [badge(`▨ ${opened.gaps} gaps`, 'warn', 'times in which the book could not be trusted')] : []),
    ];
  }

  private damage(opened: Opened): HTMLElement {
    fill(this.broken, opened.damage.length === 0 ? null : h('section', { class: 'damage', role: 'alert', id: 'damage' },
      h('h2', {}, '✕ Not everything can be read'),
      opened.damage.map(d => h('div', {}, h('p', {}, h('code', {}, d.stream), ': ', d.what), d.readable === undefined ? null : h('p', {}, d.readable > 0 ? `Events 1 to ${d.readable} of it are shown.` : 'None of its events can be shown.'),
        d.findings?.length ? h('ul', {}, d.findings.map(f => h('li', {}, f))) : null))));
    return this.broken;
  }

  private setKeys(opened: Opened): void {
    const jumps = (key: string, kind: string): { keys: string[]; says: string; group: string; does: () => void }[] => [
      { keys: [key], says: `next ${kind}`, group: 'Jump', does: () => void this.jump(kind, true) },
      { keys: [key.toUpperCase()], says: `previous ${kind}`, group: 'Jump', does: () => void this.jump(kind, false) }];
    const move = (share: number): void => { const span = this.view!.to - this.view!.from; this.setWindow(this.view!.from + span * share, this.view!.to + span * share); this.address(false); };
    setKeys([
      { keys: [' '], says: 'play or pause', group: 'Time', does: () => this.togglePlay() },
      { keys: ['['], says: 'slower', group: 'Time', does: () => this.transport!.changeSpeed(-1) },
      { keys: [']'], says: 'faster', group: 'Time', does: () => this.transport!.changeSpeed(1) },
      { keys: ['ArrowRight'], says: 'next event', group: 'Time', does: () => void this.jump('event', true) },
      { keys: ['ArrowLeft'], says: 'previous event', group: 'Time', does: () => void this.jump('event', false) },
      { keys: ['Shift+ArrowRight'], says: 'a second on', group: 'Time', does: () => void this.goToTime(this.view!.seconds + 1, false) },
      { keys: ['Shift+ArrowLeft'], says: 'a second back', group: 'Time', does: () => void this.goToTime(this.view!.seconds - 1, false) },
      { keys: ['Home'], says: 'start', group: 'Time', does: () => void this.go('start', true) },
      { keys: ['End'], says: 'end', group: 'Time', does: () => void this.go('end', true) },
      { keys: ['l'], says: 'stay at the end of a run in progress', group: 'Time', does: () => this.toggleLive() },
      ...(opened.run ? [...jumps('f', 'fill'), ...jumps('d', 'decision'), ...jumps('h', 'halt'), ...jumps('s', 'stop')] : []), ...jumps('g', 'gap'),
      { keys: ['+', '='], says: 'show less time', group: 'Window', does: () => this.transport!.zoom(0.5) },
      { keys: ['-'], says: 'show more time', group: 'Window', does: () => this.transport!.zoom(2) },
      { keys: ['0'], says: 'show everything', group: 'Window', does: () => { this.setWindow(this.view!.opened.start, this.view!.opened.end); this.address(true); } },
      { keys: [','], says: 'window back', group: 'Window', does: () => move(-0.5) },
      { keys: ['.'], says: 'window on', group: 'Window', does: () => move(0.5) },
      { keys: ['w', 'e'], says: 'why: explain what is in force at the cursor', group: 'Ask', does: () => void this.whyNot() },
      ...(opened.run ? [{ keys: ['k'], says: 'fork from the cursor', group: 'Ask', does: () => this.fork() }] : []),
      { keys: ['b'], says: 'all days and runs', group: 'Ask', does: () => { history.pushState(null, '', '/'); dispatchEvent(new Event('navigate')); } },
    ]);
  }

  // What the address says, after opening and after back and forward.
  private async restore(query: URLSearchParams, there?: Promise<Situation | null>): Promise<void> {
    const view = this.view!;
    this.show = query.get('show') ?? 'main';
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    this.setWindow(...(to > from ? [from, to] : [view.opened.start, view.opened.end]) as [number, number]);
    const explained = query.get('explain');
    if (explained && explained !== this.explained) this.explainEvent(Number(explained), false);
    else if (!explained && this.explained) this.closeExplanation(false);
    const at = query.get('at') ?? (view.opened.grows ? 'end' : 'start');
    await this.go(at, false, there);
  }

  private async go(at: string, remember: boolean, there?: Promise<Situation | null>): Promise<void> {
    try {
      const s = await this.view!.go(at, there);
      if (s) this.arrived(s, remember);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private goToTime(seconds: number, remember: boolean): Promise<void> {
    const { start, end } = this.view!.opened;
    return this.go(isoOf(Math.max(start, Math.min(end, seconds))), remember);
  }

  private scrub(seconds: number): void {
    this.toggleLive(false);
    this.view!.charts.setCursor(seconds);
    this.transport!.setLine(seconds);
    void this.scrubbed.go(seconds);
  }

  private arrived(s: Situation, remember: boolean): void {
    const view = this.view!;
    fill(this.problem);
    this.situation.show(s);
    this.orders.show(s.orders ?? []);
    this.ladder.show(s);
    this.transport!.setAt(s.seconds, s.time);
    if (this.scrubbed.wanted !== null) this.transport!.setLine(this.scrubbed.wanted);
    // A window that shows everything grows with the run; another one turns its page.
    if (!(this.following && this.everything)) view.followCursor();
    this.transport!.setWindow(view.from, view.to);
    this.address(remember);
    if (!this.player!.on) announce(`${clock(s.time, 3)} UTC, mid ${s.mid ? exact(s.mid, 8) : 'unknown'}${s.pnl ? `, PnL ${signed(s.pnl)}, inventory ${signed(s.inventory)}` : ''}`);
    // While time runs, the log is read now and then.
    if (this.logTimer === 0) this.logTimer = window.setTimeout(() => { this.logTimer = 0; void this.loadLog(); }, this.player!.on ? LogPause : 0);
  }

  private async loadLog(): Promise<void> {
    const at = this.view!.at;
    try {
      const log = await ask<Log>('log', { stream: this.stream, at, show: this.show, before: 40, after: 25 });
      if (at === this.view!.at || this.player!.on) this.log.show(log, this.show);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private async jump(kind: string, forward: boolean): Promise<void> {
    this.toggleLive(false);
    try {
      const { at } = await ask<{ at: string | null }>('jump', { stream: this.stream, at: this.view!.at, kind, direction: forward ? 'next' : 'previous' });
      if (at === null) announce(`No ${forward ? 'later' : 'earlier'} ${kind}.`);
      fill(this.problem, at === null ? h('p', { class: 'note' }, `No ${forward ? 'later' : 'earlier'} ${kind}.`) : null);
      if (at !== null) await this.go(at, kind !== 'event');
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private setWindow(from: number, to: number): void {
    const { start, end } = this.view!.opened;
    this.everything = from <= start + 1 && to >= end - 1e-6;
    this.view!.setWindow(from, to);
    this.transport!.setWindow(this.view!.from, this.view!.to);
  }

  private togglePlay(): void {
    const player = this.player!;
    if (player.on) {
      player.stop();
    } else {
      this.toggleLive(false);
      player.start(this.view!.seconds);
      this.transport!.setPlaying(true);
    }
  }

  private explainEvent(sequence: number, remember = true): void {
    this.explained = String(sequence);
    if (remember) this.address(true);
    this.explain.wait(`event ${sequence}`);
    void this.explainBy({ sequence });
  }

  // What is in force at the cursor: the last decision, or the stop after which nothing was decided.
  private async whyNot(): Promise<void> {
    if (!this.view!.opened.run || !this.view!.at) return;
    this.explain.wait('what is in force at the cursor');
    await this.explainBy({ at: this.view!.at });
  }

  private async explainBy(which: { sequence: number } | { at: string }): Promise<void> {
    try {
      const explanation = await ask<Explanation>('explain', { stream: this.stream, ...which });
      if (this.left) return;
      this.explained = String(explanation.sequence);
      this.explain.show(explanation, this.view!.opened.streams.map(s => s.name));
      this.address(false);
      announce(explanation.headline);
    } catch (error) {
      this.explain.fail((error as Error).message);
    }
  }

  private closeExplanation(remember = true): void {
    this.explained = null;
    this.explain.close();
    if (remember) this.address(true);
  }

  private readonly escape = (): void => {
    if (this.player?.on) this.player.stop();
    else if (this.explained) this.closeExplanation();
  };

  private fork(): void {
    const view = this.view!;
    if (!view.opened.run || !view.situation) return;
    if (view.opened.run.noFork) {
      fill(this.problem, h('p', { class: 'note' }, view.opened.run.noFork));
      return;
    }
    this.player!.stop();
    showFork(view.opened, view.at, `${clock(view.situation!.time)} UTC`);
  }

  private fail(error: Error): void {
    this.player?.stop();
    fill(this.problem, h('p', { class: 'error' }, error.message));
  }

  // While indexing, the charts fill; while the run grows, its end moves on and takes the cursor with it.
  private follow(opened: Opened): void {
    let drawn = 0;
    let share = opened.indexed;
    let last = '';
    this.live.hidden = !opened.grows;
    this.transport!.setIndexed(opened.indexed, opened.grows);
    if (opened.complete) return;
    this.stopFollowing = follow(this.stream, progress => {
      const view = this.view!;
      const grew = progress.end > view.opened.end || progress.last !== last;
      last = progress.last;
      view.opened.end = Math.max(view.opened.end, progress.end);
      this.transport!.setEnd(progress.end);
      this.transport!.setIndexed(progress.indexed, progress.grows);
      const now = performance.now();
      if ((grew || progress.indexed > share || progress.complete) && (now - drawn > 700 || progress.complete)) {
        drawn = now;
        share = progress.indexed;
        if (this.everything && this.following) this.setWindow(view.opened.start, view.opened.end);
        else void view.load();
        void this.transport!.load();
      }
      if (grew && this.following && !this.player!.on) void this.go('end', false);
      if (progress.complete) {
        this.live.hidden = true;
        this.toggleLive(false);
        void ask<Opened>('open', { stream: this.stream }).then(again => { view.opened = { ...view.opened, ...again }; fill(this.badges, this.facts(again)); this.damage(again); });
      }
    });
  }

  private toggleLive(on = !this.following): void {
    this.following = on && (this.view?.opened.grows ?? false);
    this.live.setAttribute('aria-pressed', String(this.following));
    if (this.following) {
      this.player!.stop();
      void this.go('end', false);
    }
  }

  // Moves that a user would go back to are remembered; playing and stepping only keep the address true.
  private address(remember: boolean): void {
    const view = this.view!;
    const query = new URLSearchParams();
    if (!this.following && view.at) query.set('at', view.at);
    if (!this.everything) {
      query.set('from', view.from.toFixed(6));
      query.set('to', view.to.toFixed(6));
    }
    if (this.show !== 'main') query.set('show', this.show);
    if (this.explained) query.set('explain', this.explained);
    const address = `${this.path}${query.size ? `?${query}` : ''}`;
    clearTimeout(this.urlTimer);
    if (address === location.pathname + location.search) return;
    if (remember) history.pushState(null, '', address);
    else this.urlTimer = window.setTimeout(() => history.replaceState(null, '', address), 250);
  }
}
