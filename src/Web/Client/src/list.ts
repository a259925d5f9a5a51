import { ask, type Catalog, type Item } from './api';
import { fill, go, h, link } from './dom';
import { clock, day, exact, seconds, signed, whole, words } from './format';
import { setKeys } from './keys';

interface Filter { text: string; symbol: string; kind: string; date: string }

const RunHeads = ['', 'run', 'symbol', 'from', 'PnL', 'drawdown', 'fills', 'events', 'untrusted', 'queue', 'fee'];
const DayHeads = ['symbol', 'UTC day', 'from', 'to', 'events', 'diffs', 'trades', 'gaps', 'untrusted', 'recording'];

// On a phone the rows stand as cards, each value with the head of its column before it.
function labelled(heads: string[], row: HTMLElement): HTMLElement {
  [...row.children].forEach((cell, i) => cell.setAttribute('data-label', heads[i]));
  return row;
}

export const addressOf = (item: Item): string => {
  const parts = item.stream.split('/').map(encodeURIComponent);
  return parts[0] === 'run' ? `/run/${parts[1]}/${parts[2]}` : `/day/${parts[1]}/${parts[2]}/${parts[3]}`;
};

const dateOf = (item: Item): string => item.day ?? (item.windowStart ?? item.first ?? '').slice(0, 10);
const kindOf = (item: Item): string => item.recording !== undefined || item.stream.startsWith('market/') ? 'day' : item.parent ? 'fork' : item.kind ?? 'run';

export function showList(main: HTMLElement, query: URLSearchParams): { takes(path: string, query: URLSearchParams): boolean; leave(): void } {
  document.title = 'Days and runs — EventSourcedMM';
  let catalog: Catalog | null = null;
  const chosen = new Set<string>();
  const result = h('div', { class: 'results' }, h('p', { class: 'quiet' }, 'Reading the store…'));
  const symbol = h('select', { id: 'f-symbol', onchange: filter }, h('option', { value: '' }, 'all'));
  const kind = h('select', { id: 'f-kind', onchange: filter }, ['', 'day', 'backtest', 'fork', 'paper', 'testnet', 'demo', 'real'].map(k => h('option', { value: k }, k === '' ? 'all' : k)));
  const date = h('input', { id: 'f-date', type: 'date', oninput: filter });
  const text = h('input', { id: 'f-text', type: 'search', placeholder: 'name, recording, queue…', oninput: filter });
  const store = h('span', { class: 'quiet' });
  const field = (name: string, control: HTMLElement): HTMLElement => h('label', { for: control.id }, h('span', {}, name), control);
  fill(main,
    h('header', { class: 'top' }, h('h1', {}, 'Days and runs'), store, h('button', { onclick: () => dispatchEvent(new KeyboardEvent('keydown', { key: '?' })), title: 'Keys (?)' }, '? Keys')),
    h('form', { class: 'filters', role: 'search', onsubmit: (e: Event) => e.preventDefault() }, field('Symbol', symbol), field('Kind', kind), field('UTC day', date), field('Text', text)),
    result);
  take(query);
  setKeys([
    { keys: ['/'], says: 'filter by text', group: 'List', does: () => text.focus() },
    { keys: ['r'], says: 'read the store again', group: 'List', does: () => void load() },
    { keys: ['c'], says: 'compare the two chosen runs', group: 'List', does: compare },
  ]);
  void load();
  return {
    takes(path, next) {
      if (path !== '/') return false;
      take(next);
      draw();
      return true;
    },
    leave() { },
  };

  function take(from: URLSearchParams): void {
    text.value = from.get('text') ?? '';
    kind.value = from.get('kind') ?? '';
    date.value = from.get('date') ?? '';
    symbol.dataset.wanted = from.get('symbol') ?? '';
    symbol.value = symbol.dataset.wanted;
  }

  function filter(): void {
    const next = new URLSearchParams();
    for (const [name, control] of [['symbol', symbol], ['kind', kind], ['date', date], ['text', text]] as const) if (control.value) next.set(name, control.value);
    history.replaceState(null, '', `/${next.size ? `?${next}` : ''}`);
    draw();
  }

  async function load(): Promise<void> {
    try {
      catalog = await ask<Catalog>('list');
    } catch (error) {
      fill(result, h('p', { class: 'error', role: 'alert' }, (error as Error).message));
      return;
    }
    store.textContent = catalog.store;
    const symbols = [...new Set([...catalog.days, ...catalog.runs].map(i => i.symbol))].sort();
    const wanted = symbol.value || symbol.dataset.wanted || '';
    fill(symbol, h('option', { value: '' }, 'all'), symbols.map(s => h('option', { value: s }, s)));
    symbol.value = wanted;
    draw();
  }

  function draw(): void {
    if (!catalog) return;
    if (catalog.days.length + catalog.runs.length === 0) {
      fill(result, empty(catalog.store));
      return;
    }
    const wanted: Filter = { text: text.value.toLowerCase(), symbol: symbol.value, kind: kind.value, date: date.value };
    const fits = (i: Item): boolean => (!wanted.symbol || i.symbol === wanted.symbol) && (!wanted.kind || kindOf(i) === wanted.kind)
      && (!wanted.date || dateOf(i) === wanted.date || (i.first !== undefined && i.last !== undefined && day(i.first) <= wanted.date && wanted.date <= day(i.last)))
      && (!wanted.text || `${i.stream} ${i.queue ?? ''} ${i.kind ?? ''} ${i.parent ?? ''} ${i.halted ?? ''}`.toLowerCase().includes(wanted.text));
    const runs = catalog.runs.filter(fits).sort((a, b) => (b.first ?? '').localeCompare(a.first ?? '') || a.stream.localeCompare(b.stream));
    const days = catalog.days.filter(fits).sort((a, b) => (b.first ?? '').localeCompare(a.first ?? ''));
    fill(result,
      h('section', { 'aria-labelledby': 'runs-title' }, h('h2', { id: 'runs-title' }, `Runs `, h('small', {}, count(runs.length, catalog.runs.length)),
        h('button', { class: 'compare', disabled: chosen.size !== 2, onclick: compare, title: 'Choose two runs' }, 'Compare two')),
        runs.length ? runTable(runs) : h('p', { class: 'quiet' }, catalog.runs.length ? 'No run fits the filter.' : 'No run is stored. mm backtest --symbol S --date D makes one.')),
      h('section', { 'aria-labelledby': 'days-title' }, h('h2', { id: 'days-title' }, 'Days ', h('small', {}, count(days.length, catalog.days.length))),
        days.length ? dayTable(days) : h('p', { class: 'quiet' }, catalog.days.length ? 'No day fits the filter.' : 'No day is stored. mm capture or mm import stores one.')));
  }

  function runTable(runs: Item[]): HTMLElement {
    return h('div', { class: 'scroll' }, h('table', { class: 'list', id: 'runs' },
      h('thead', {}, h('tr', {}, RunHeads.map((t, i) => h('th', { scope: 'col', class: i >= 4 && i !== 9 ? 'number' : '' }, t === '' ? h('span', { class: 'unseen' }, 'choose') : t)))),
      h('tbody', {}, runs.map(run => labelled(RunHeads, h('tr', { class: run.damage ? 'broken' : '' },
        h('td', {}, h('input', { type: 'checkbox', 'aria-label': `choose ${run.name ?? run.stream}`, checked: chosen.has(run.stream), onchange: (e: Event) => choose(run.stream, (e.target as HTMLInputElement).checked) })),
        h('td', {}, link(addressOf(run), { class: 'name' }, run.name ?? run.stream.split('/')[1]), ' ', badges(run)),
        h('td', {}, run.symbol),
        h('td', { class: 'time' }, run.first ? `${day(run.first)} ${clock(run.first, 0)}` : '?'),
        h('td', { class: `number ${!run.pnl ? '' : run.pnl.startsWith('-') ? 'loss' : 'gain'}`, title: run.pnl ?? '' }, run.pnl ? `${signed(run.pnl)} ${run.quoteAsset ?? ''}` : '—'),
        h('td', { class: 'number', title: run.maxDrawdown ?? '' }, exact(run.maxDrawdown)),
        h('td', { class: 'number' }, run.fills === null || run.fills === undefined ? '—' : whole(run.fills)),
        h('td', { class: 'number' }, whole(run.events)),
        h('td', { class: 'number' }, run.untrustedSeconds === null || run.untrustedSeconds === undefined ? '?' : `${seconds(run.untrustedSeconds)} s`),
        h('td', {}, run.queue ?? ''),
        h('td', { class: 'number' }, run.feePpm === undefined ? '' : `${whole(run.feePpm)} ppm`))))) ));
  }

  function dayTable(days: Item[]): HTMLElement {
    return h('div', { class: 'scroll' }, h('table', { class: 'list', id: 'days' },
      h('thead', {}, h('tr', {}, DayHeads.map((t, i) => h('th', { scope: 'col', class: i >= 4 && i <= 8 ? 'number' : '' }, t)))),
      h('tbody', {}, days.map(item => labelled(DayHeads, h('tr', { class: item.damage ? 'broken' : '' },
        h('td', {}, item.symbol),
        h('td', {}, link(addressOf(item), { class: 'name' }, item.day ?? item.stream.split('/')[2]), ' ', badges(item)),
        h('td', { class: 'time' }, item.first ? clock(item.first, 0) : '?'),
        h('td', { class: 'time' }, item.last ? clock(item.last, 0) : '?'),
        h('td', { class: 'number' }, whole(item.events)),
        h('td', { class: 'number' }, whole(item.diffs)),
        h('td', { class: 'number' }, whole(item.trades)),
        h('td', { class: 'number' }, whole(item.gaps)),
        h('td', { class: 'number' }, item.untrustedSeconds === null || item.untrustedSeconds === undefined ? '?' : `${seconds(item.untrustedSeconds)} s`),
        h('td', { class: 'quiet' }, item.recording ?? '')))))));
  }

  function choose(stream: string, on: boolean): void {
    if (on) chosen.add(stream); else chosen.delete(stream);
    const button = result.querySelector<HTMLButtonElement>('button.compare');
    if (button) button.disabled = chosen.size !== 2;
  }

  function compare(): void {
    if (chosen.size !== 2) return;
    const [first, second] = [...chosen];
    go(`/compare?${new URLSearchParams({ first: first.slice(4), second: second.slice(4) })}`);
  }
}

function badges(item: Item): Node[] {
  const found: [string, string, string][] = [];
  if (item.damage) found.push(['bad', '✕ damaged', item.damage]);
  if (item.sealed === false) found.push(item.writer ? ['live', '● in progress', `written by ${item.writer}`] : ['warn', '◌ not ended', 'nobody is writing it, and it was not sealed']);
  if (item.halted) found.push(['warn', `■ halted: ${words(item.halted)}`, 'the engine had stopped itself at the end']);
  if (item.parent) found.push(['', `⎇ fork at ${item.parentSequence}`, `of ${item.parent}`]);
  if ((item.gaps ?? 0) > 0) found.push(['warn', `▨ ${item.gaps} gaps`, 'the book could not be trusted at times']);
  return found.map(([kind, label, title]) => h('span', { class: `badge ${kind}`, title }, label));
}

const count = (shown: number, all: number): string => shown === all ? whole(all) : `${whole(shown)} of ${whole(all)}`;

function empty(store: string): HTMLElement {
  return h('section', { class: 'empty', id: 'empty' },
    h('h2', {}, 'The store is empty'),
    h('p', {}, 'Nothing is stored in ', h('code', {}, store), ' yet. One of these fills it:'),
    h('dl', {},
      h('dt', {}, h('code', {}, 'mm capture --symbols BTCUSDT')), h('dd', {}, 'records the market from now on'),
      h('dt', {}, h('code', {}, 'mm import FILE… --symbol BTCUSDT')), h('dd', {}, 'stores recordings that you have'),
      h('dt', {}, h('code', {}, 'mm backtest --symbol NEXOUSDT --date 2024-07-24')), h('dd', {}, 'runs the strategy over a stored day, or over the bundled sample')),
    h('p', { class: 'quiet' }, 'Another store: mm serve --store DIR. This page shows what is new after r.'));
}
