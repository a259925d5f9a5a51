import type { Explanation, Log, LogLine } from './api';
import { fill, h } from './dom';
import { clock, words } from './format';

const Shapes: Record<string, string> = {
  orderFilled: '●', quoteDecided: '◆', quotingStopped: '◇', halted: '■', resumed: '▷', orderSubmitted: '+', orderAccepted: '✓', orderRejected: '✕',
  orderCancelRequested: '−', orderCancelled: '∅', trade: '↯', aggregateTrade: '↯', depthDiff: '≡', bookSnapshot: '▦', partialBook: '▦', bookStateChanged: '▨', marked: '▪',
  timerFired: '·', stateHashed: '#', venueHashed: '#', runStarted: '▶', runEnded: '■', killSwitchPulled: '■',
};

const Explained = new Set(['orderFilled', 'quoteDecided', 'quotingStopped', 'halted']);

export interface LogEvents { go(at: string): void; explain(sequence: number): void; show(filter: string): void }

// The events around the cursor in the order in which the engine saw them.
export class LogPanel {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'lines' });
  private readonly filter: HTMLSelectElement;

  constructor(private readonly events: LogEvents, hasRun: boolean) {
    this.filter = h('select', { 'aria-label': 'Events shown', onchange: () => events.show(this.filter.value) },
      h('option', { value: 'main' }, 'without best quotes and timers'), hasRun ? h('option', { value: 'run' }, "the run's own") : null, h('option', { value: 'all' }, 'everything'));
    this.element = h('section', { class: 'panel log', 'aria-labelledby': 'log-title' }, h('h2', { id: 'log-title' }, 'Log ', this.filter), this.list);
  }

  show(log: Log, filter: string): void {
    this.filter.value = filter || 'main';
    fill(this.list, log.lines.map((line, i) => this.line(line, i === log.current, i > log.current)));
    const current = this.list.children[log.current] as HTMLElement | undefined;
    if (current) this.list.scrollTop = current.offsetTop - this.list.clientHeight / 2;
  }

  private line(line: LogLine, current: boolean, later: boolean): HTMLElement {
    return h('li', { class: `${line.own ? 'own' : 'market'} ${line.type} ${current ? 'current' : ''} ${later ? 'later' : ''}`, 'aria-current': current ? 'true' : null },
      h('button', { class: 'line', onclick: () => this.events.go(line.at), title: `${line.own ? 'run' : 'market'} event ${line.sequence}: go there` },
        h('time', {}, clock(line.time, 6)), h('span', { class: 'shape', 'aria-hidden': 'true' }, Shapes[line.type] ?? '○'),
        h('span', { class: 'text' }, h('span', { class: 'unseen' }, `${line.own ? 'run' : 'market'} event ${line.sequence}, ${words(line.type)}: `), line.text)),
      line.cause ? h('button', { class: 'small cause', onclick: () => this.events.go(line.cause!), title: `caused by ${say(line.cause)}: go there`, 'aria-label': `go to the cause, ${say(line.cause)}` }, `↖ ${line.cause}`) : null,
      line.own && Explained.has(line.type) ? h('button', { class: 'small', onclick: () => this.events.explain(line.sequence), 'aria-label': `explain event ${line.sequence}` }, 'Why?') : null);
  }
}

const say = (cause: string): string => cause[0] === 'r' ? `event ${cause.slice(1)} of the run` : `market event ${cause.split('.')[1]}`;

// Why an event is as it is: the same values as mm explain prints.
export class ExplainPanel {
  readonly element = h('section', { class: 'panel explain', 'aria-label': 'Explanation', 'aria-live': 'polite', hidden: true });

  constructor(private readonly events: { go(at: string): void; close(): void }) { }

  wait(sequence: string): void {
    this.element.hidden = false;
    fill(this.element, this.head(`Computing ${sequence} again…`), h('p', { class: 'quiet' }, 'The recording is read up to the event and every value is computed again.'));
  }

  fail(message: string): void {
    this.element.hidden = false;
    fill(this.element, this.head('No explanation'), h('p', { class: 'error', role: 'alert' }, message));
  }

  close(): void {
    this.element.hidden = true;
    fill(this.element);
  }

  show(e: Explanation, streams: string[]): void {
    this.element.hidden = false;
    const compared = e.sections.flatMap(s => s.terms).filter(t => t.equal !== null);
    const wrong = compared.filter(t => t.equal === false);
    fill(this.element, this.head(`Event ${e.sequence}: ${words(e.type)} at ${clock(e.time, 6)}`),
      h('p', { class: 'headline' }, e.headline),
      h('p', { class: wrong.length ? 'error' : 'quiet' }, wrong.length
        ? `≠ ${wrong.length} of ${compared.length} values are logged otherwise than they were computed again: ${wrong.map(t => t.label).join(', ')}.`
        : compared.length ? `= ${compared.length} values computed again and equal to what is logged, digit for digit.` : 'Nothing to compute: the event says all there is.'),
      h('h3', {}, 'Because of'),
      h('ol', { class: 'chain' }, e.chain.map(c => h('li', {}, h('button', { class: 'small', onclick: () => this.events.go(this.addressOf(c.stream, c.event.sequence, e, streams)) }, c.stream.startsWith('run/') ? `event ${c.event.sequence}` : `market ${c.event.sequence}`), ' ', c.text))),
      e.sections.map(s => h('section', {}, h('h3', {}, s.title), h('div', { class: 'scroll' }, h('table', { class: 'terms' }, h('tbody', {}, s.terms.map(t => h('tr', { class: t.equal === false ? 'wrong' : '' },
        h('td', { class: 'mark', title: t.equal === null ? '' : t.equal ? 'equal to what is logged' : `logged: ${t.logged}` }, t.equal === null ? '' : t.equal ? '=' : '≠'),
        h('th', { scope: 'row' }, t.label),
        h('td', { class: 'value' }, t.value, t.unit ? h('span', { class: 'quiet' }, ` ${t.unit}`) : null, t.equal === false ? h('span', { class: 'error' }, ` logged ${t.logged}`) : null),
        h('td', { class: 'how quiet' }, t.how)))))))));
  }

  private head(title: string): HTMLElement {
    return h('h2', {}, title, h('button', { class: 'small close', onclick: () => this.events.close(), 'aria-label': 'Close the explanation' }, '✕'));
  }

  private addressOf(stream: string, sequence: number, e: Explanation, streams: string[]): string {
    return stream === `run/${e.run}` || stream.startsWith('run/') ? `r${sequence}` : `m${streams.indexOf(stream) + 1}.${sequence}`;
  }
}
