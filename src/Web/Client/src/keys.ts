import { h } from './dom';

// Keys, their meaning and what they do, in the order of the help.
export interface Key { keys: string[]; says: string; does: (event: KeyboardEvent) => void; group: string }

let page: Key[] = [];
let help: HTMLDialogElement | null = null;

const everywhere: Key[] = [
  { keys: ['?'], says: 'this help', group: 'Everywhere', does: () => showHelp() },
  { keys: ['t'], says: 'light or dark', group: 'Everywhere', does: () => dispatchEvent(new Event('theme')) },
  { keys: ['Escape'], says: 'close what is open', group: 'Everywhere', does: () => dispatchEvent(new Event('escape')) },
];

export function setKeys(keys: Key[]): void {
  page = keys;
}

const isText = (element: EventTarget | null): boolean =>
  element instanceof HTMLInputElement && !['checkbox', 'button', 'range'].includes(element.type) || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;

const nameOf = (event: KeyboardEvent): string => event.shiftKey && event.key.startsWith('Arrow') ? `Shift+${event.key}` : event.key;

export function listenToKeys(): void {
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || isText(event.target) || document.querySelector('dialog[open]')) return;
    // A button under the focus keeps its own keys.
    if ((event.key === ' ' || event.key === 'Enter') && event.target instanceof Element && event.target.closest('button, a, summary, [role=slider]')) return;
    const name = nameOf(event);
    const key = [...page, ...everywhere].find(k => k.keys.includes(name));
    if (key) {
      event.preventDefault();
      key.does(event);
    }
  });
}

const label = (key: string): string => ({ ' ': 'Space', ArrowLeft: '←', ArrowRight: '→', 'Shift+ArrowLeft': 'Shift ←', 'Shift+ArrowRight': 'Shift →', Escape: 'Esc' })[key] ?? key;

export function showHelp(): void {
  help?.remove();
  const groups = new Map<string, Key[]>();
  for (const key of [...page, ...everywhere]) groups.set(key.group, [...(groups.get(key.group) ?? []), key]);
  help = h('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
    h('h2', { id: 'help-title' }, 'Keys'),
    h('div', { class: 'help-groups' }, [...groups].map(([group, keys]) => h('section', {},
      h('h3', {}, group),
      h('dl', {}, keys.map(key => [h('dt', {}, key.keys.map(k => h('kbd', {}, label(k)))), h('dd', {}, key.says)]))))),
    h('form', { method: 'dialog' }, h('button', { class: 'main' }, 'Close')));
  document.body.append(help);
  help.showModal();
}
