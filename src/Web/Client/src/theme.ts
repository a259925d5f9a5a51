// Dark or light: the system's choice until the user makes one.

export function startTheme(): void {
  const kept = localStorage.getItem('theme');
  if (kept === 'dark' || kept === 'light') document.documentElement.dataset.theme = kept;
  addEventListener('theme', () => {
    const next = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    localStorage.setItem('theme', next);
    dispatchEvent(new Event('themed'));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => dispatchEvent(new Event('themed')));
}

export const isDark = (): boolean => document.documentElement.dataset.theme
  ? document.documentElement.dataset.theme === 'dark'
  : matchMedia('(prefers-color-scheme: dark)').matches;

// Asked for thousands of times a drawing: the style is read once a theme.
const colours = new Map<string, string>();
addEventListener('themed', () => colours.clear());

export function colour(name: string): string {
  let value = colours.get(name);
  if (value === undefined) colours.set(name, value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return value;
}
