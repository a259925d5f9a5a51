// Elements without markup in strings: nothing that comes from a store is ever read as HTML.

type Child = Node | string | number | null | undefined | false | Child[];
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: any) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  append(element, children);
  return element;
}

function append(parent: Node, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && child !== false) parent.appendChild(document.createTextNode(String(child)));
  }
}

export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

export function announce(text: string): void {
  const place = document.getElementById('announce');
  if (place && place.textContent !== text) place.textContent = text;
}

// A link within the viewer: the address changes, the page does not load again.
export function link(address: string, attributes: Attributes, ...children: Child[]): HTMLAnchorElement {
  return h('a', {
    ...attributes, href: address, onclick: (event: MouseEvent) => {
      if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        history.pushState(null, '', address);
        dispatchEvent(new Event('navigate'));
      }
    },
  }, ...children);
}

export function go(address: string): void {
  history.pushState(null, '', address);
  dispatchEvent(new Event('navigate'));
}
