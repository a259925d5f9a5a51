import type { Opened, Order, Situation } from './api';
import { fill, h } from './dom';
import { age, clock, exact, real, signed, words } from './format';

// What stands at the cursor: figures, working orders, and the ladder.

export interface PanelEvents { explain(sequence: number): void; whyNot(): void }

export class SituationPanel {
  readonly element = h('section', { class: 'panel situation', 'aria-label': 'At the cursor' });

  constructor(private readonly opened: Opened, private readonly events: PanelEvents) { }

  show(s: Situation): void {
    const { quote = '', base = '' } = this.opened;
    const figure = (name: string, value: string, title = '', kind = ''): HTMLElement => h('div', { class: kind, title }, h('dt', {}, name), h('dd', {}, value));
    const sign = (text?: string): string => !text ? '' : text.startsWith('-') ? 'loss' : Number(text) > 0 ? 'gain' : '';
    fill(this.element,
      this.banner(s),
      h('dl', { class: 'figures' },
        figure('mid', s.mid ? exact(s.mid, 8) : '—', `${s.mid ?? ''} ${quote}`),
        figure('spread', s.spread ? exact(s.spread, 8) : '—', s.spreadPpm ? `${real(s.spreadPpm, 4)} ppm of the mid` : ''),
        this.opened.run ? [
          figure('PnL', `${signed(s.pnl)} ${quote}`, `realised ${s.realised} + unrealised ${s.unrealised} − fees ${s.fees}`, sign(s.pnl)),
          figure('drawdown', exact(s.drawdown), s.markedAt ? `at the last mark, ${s.markedAt}` : ''),
          figure('inventory q', `${signed(s.inventory, 8)} ${base}`, `position ${s.position}`),
          figure('realised', signed(s.realised), s.realised),
          figure('unrealised', signed(s.unrealised), s.unrealised),
          figure('fees', exact(s.fees), s.fees),
          figure('fills', String(s.fills)),
          figure('σ', s.decision ? real(s.decision.sigma, 4) : '—', s.decision ? `${quote}/√s, as the decision at ${s.decision.time} saw it` : ''),
          figure('reservation r', s.decision ? real(s.decision.reservation, 9) : '—'),
          figure('model spread', s.decision ? real(s.decision.spread, 4) : '—'),
        ] : null));
  }

  private banner(s: Situation): HTMLElement | null {
    if (!s.trusted) return h('p', { class: 'banner bad' }, `▨ The book cannot be trusted: ${words(s.book)}.`, s.stop ? this.why() : null);
    if (s.halt) return h('p', { class: 'banner bad' }, `■ Halted: ${words(s.halt.reason)} ${exact(s.halt.observed, 2)} against ${exact(s.halt.limit, 2)}. `, this.why());
    if (s.stop) return h('p', { class: 'banner warn' }, `◇ Nothing is quoted: ${words(s.stop.reason)}. `, this.why());
    const d = s.decision;
    if (!this.opened.run) return null;
    if (!d) return h('p', { class: 'banner' }, 'Nothing was decided yet.');
    const missing = [d.bids.length ? '' : `no bid (${words(d.bidReason)})`, d.asks.length ? '' : `no ask (${words(d.askReason)})`].filter(t => t);
    return missing.length ? h('p', { class: 'banner warn' }, `◇ One side only: ${missing.join(', ')}. `, this.why()) : h('p', { class: 'banner good' }, '◆ Quoting both sides. ', this.why());
  }

  private why(): HTMLElement {
    return h('button', { class: 'small', onclick: () => this.events.whyNot(), title: 'Explain what is in force (w)' }, 'Why?');
  }
}

export class OrdersPanel {
  readonly element = h('section', { class: 'panel orders', 'aria-labelledby': 'orders-title' });

  constructor(private readonly events: PanelEvents) { }

  show(orders: Order[]): void {
    fill(this.element, h('h2', {}, 'Working orders ', h('small', {}, String(orders.length))), orders.length === 0
      ? h('p', { class: 'quiet' }, 'None.')
      : h('div', { class: 'scroll' }, h('table', { class: 'list' },
        h('thead', {}, h('tr', {}, ['order', 'side', 'price', 'open', 'ahead', 'age', ''].map((t, i) => h('th', { scope: 'col', class: i > 1 && i < 6 ? 'number' : '' }, t || h('span', { class: 'unseen' }, 'explain'))))),
        h('tbody', {}, orders.map(o => h('tr', {},
          h('td', {}, `#${o.id}`),
          h('td', { class: o.side }, o.side === 'bid' ? '▲ bid' : '▼ ask', o.status === 'resting' ? '' : ` ${o.status}`),
          h('td', { class: 'number' }, exact(o.price, 8)),
          h('td', { class: 'number' }, exact(o.open, 8)),
          h('td', { class: 'number', title: o.aheadAtStart ? `${o.aheadAtStart} when it was accepted` : '' }, o.ahead === null ? '—' : exact(o.ahead, 2)),
          h('td', { class: 'number' }, age(o.age)),
          h('td', {}, h('button', { class: 'small', onclick: () => this.events.explain(o.decision), 'aria-label': `Explain order ${o.id}` }, 'Why?'))))))));
  }
}

export class Ladder {
  readonly element = h('section', { class: 'panel ladder', 'aria-label': 'Order book' });

  constructor(private readonly events: PanelEvents, private readonly title = 'Book') { }

  show(s: Situation): void {
    const ours = new Map<string, Order[]>();
    for (const order of s.orders ?? []) if (order.status !== 'sent') ours.set(order.price, [...(ours.get(order.price) ?? []), order]);
    const most = Math.max(1e-12, ...s.bids.map(l => Number(l[1])), ...s.asks.map(l => Number(l[1])));
    // Our own price may lie where the market displays nothing, or beyond what is shown.
    const rows = (levels: [string, string][], side: string): [string, string][] => {
      const extra = [...ours.values()].flat().filter(o => o.side === side && !levels.some(l => l[0] === o.price)).map((o): [string, string] => [o.price, '0']);
      return [...levels, ...extra].sort((a, b) => Number(b[0]) - Number(a[0]));
    };
    const row = ([price, quantity]: [string, string], side: string): HTMLElement => {
      const mine = (ours.get(price) ?? []).filter(o => o.side === side);
      return h('tr', { class: `${side} ${mine.length ? 'mine' : ''}` },
        h('td', { class: 'ours' }, mine.map(o => h('button', { class: 'small', onclick: () => this.events.explain(o.decision), title: `order ${o.id}: explain`, 'aria-label': `our ${o.side} of ${o.open} at ${price}: explain` },
          `${o.side === 'bid' ? '▲' : '▼'} ${exact(o.open, 4)}${o.ahead === null ? '' : ` (${exact(o.ahead, 2)})`}`))),
        h('td', { class: 'number price' }, exact(price, 8)),
        h('td', { class: 'number size' }, meter(Number(quantity) / most), quantity === '0' ? '—' : exact(quantity, 4)));
    };
    fill(this.element, h('h2', {}, this.title, ' ', h('small', {}, s.trusted ? clock(s.time) : `${words(s.book)}: not trusted`)),
      s.bids.length + s.asks.length === 0 ? h('p', { class: 'quiet' }, 'The book is empty here.') : h('table', { class: s.trusted ? '' : 'untrusted' },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'ours (ahead)'), h('th', { scope: 'col', class: 'number' }, 'price'), h('th', { scope: 'col', class: 'number' }, 'displayed'))),
        h('tbody', {}, rows(s.asks, 'ask').map(l => row(l, 'ask')),
          h('tr', { class: 'middle' }, h('td', {}), h('td', { class: 'number' }, s.mid ? exact(s.mid, 8) : '—'), h('td', { class: 'number quiet' }, s.spreadPpm ? `${real(s.spreadPpm, 4)} ppm` : '')),
          rows(s.bids, 'bid').map(l => row(l, 'bid')))));
  }
}

// The style is set by the object model: a style attribute would be refused by the page's own policy.
function meter(share: number): HTMLElement {
  const bar = h('i', { class: 'bar' });
  bar.style.width = `${Math.round(Math.min(1, share) * 100)}%`;
  return bar;
}
