import { ask, begin, type Opened, type Parameter } from './api';
import { fill, go, h } from './dom';

interface ForkProgress { share: number; stream: string | null; error: string | null }

// The form that runs a day again from the cursor on under other parameters. What may be changed and what it may be is the
// engine's own table; what is wrong is said in the engine's own words.
export function showFork(opened: Opened, at: string, when: string): void {
  const run = opened.run!;
  const error = h('p', { class: 'error', role: 'alert' });
  const progress = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': 'Running the fork' });
  const start = h('button', { class: 'main', type: 'submit' }, 'Run the fork');
  const inputs = new Map<string, HTMLInputElement | HTMLSelectElement>();
  const control = (p: Parameter): HTMLElement => {
    const input = p.choices.length
      ? h('select', { id: `p-${p.name}`, disabled: p.fixed }, p.choices.map(c => h('option', { value: c, selected: c === p.value }, c)))
      : h('input', { id: `p-${p.name}`, value: p.value, disabled: p.fixed, inputmode: 'decimal', spellcheck: 'false', autocomplete: 'off' });
    inputs.set(p.name, input);
    input.addEventListener('input', () => input.classList.toggle('changed', input.value.trim() !== p.value));
    return h('label', { for: input.id, title: p.fixed ? `${p.meaning} Cannot change at a fork: what was sampled before it depends on it.` : p.meaning }, h('span', {}, p.name, p.unit ? h('small', {}, ` ${p.unit}`) : null), input);
  };
  const queue = h('select', { id: 'p-queue' }, ['fifo', 'optimistic', 'pessimistic'].map(q => h('option', { value: q, selected: q === run.queue }, q)));
  const fee = h('input', { id: 'p-fee', value: run.feePpm, inputmode: 'numeric', autocomplete: 'off' });
  const dialog = h('dialog', { class: 'fork', 'aria-labelledby': 'fork-title' },
    h('form', { onsubmit: (e: Event) => { e.preventDefault(); void submit(); }, novalidate: true },
      h('h2', { id: 'fork-title' }, 'Fork from the cursor'),
      h('p', { class: 'quiet' }, `Until event ${at.split('.')[2]} at ${when} the fork is ${run.name}; from then on it goes its own way. It is stored as a run like any other.`),
      h('div', { class: 'parameters' }, run.parameters.map(control), h('label', { for: 'p-queue' }, h('span', {}, 'queue model'), queue), h('label', { for: 'p-fee' }, h('span', {}, 'commission', h('small', {}, ' millionths')), fee)),
      error, progress,
      h('p', { class: 'actions' }, start, h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'))));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  inputs.get('gamma')?.focus();

  async function submit(): Promise<void> {
    fill(error);
    const set: Record<string, string> = {};
    for (const p of run.parameters) {
      const value = inputs.get(p.name)!.value;
      if (!p.fixed && value.trim() !== p.value) set[p.name] = value;
    }
    start.disabled = true;
    try {
      const { fork } = await begin<{ fork: number }>('fork', { stream: opened.stream, at, set, queue: queue.value, feePpm: fee.value.trim() });
      progress.hidden = false;
      for (; ;) {
        const now = await ask<ForkProgress>('fork', { number: fork });
        progress.value = now.share;
        if (now.error) throw new Error(now.error);
        if (now.stream) {
          dialog.close();
          go(`/compare?${new URLSearchParams({ first: opened.stream.slice(4), second: now.stream.slice(4) })}`);
          return;
        }
        await new Promise(r => setTimeout(r, 150));
      }
    } catch (e) {
      fill(error, (e as Error).message);
      progress.hidden = true;
      start.disabled = false;
    }
  }
}
