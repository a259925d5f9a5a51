// Numbers and times as people read them: always UTC, a real minus sign, thin spaces between thousands.

const minus = (text: string): string => text.replace('-', '−');

export const whole = (n: number | null | undefined): string => n === null || n === undefined ? '?' : minus(Math.round(n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ' '));

// An exact decimal cut for display; the title of the element holds it in full.
export function exact(text: string | null | undefined, digits = 4): string {
  if (text === null || text === undefined) return '—';
  const [head, tail = ''] = text.split('.');
  const grouped = head.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
  return minus(tail.length === 0 ? grouped : `${grouped}.${tail.slice(0, digits)}`);
}

export const signed = (text: string | null | undefined, digits = 4): string =>
  text === null || text === undefined ? '—' : text.startsWith('-') || /^0(\.0*)?$/.test(text) ? exact(text, digits) : `+${exact(text, digits)}`;

export const real = (n: number | null | undefined, digits = 5): string =>
  n === null || n === undefined ? '—' : minus(Number(n.toPrecision(digits)).toString());

export const seconds = (n: number | null | undefined): string => n === null || n === undefined ? '?' : n === 0 ? '0' : n < 10 ? n.toFixed(2) : whole(n);

// 2024-07-24T09:30:15.123456Z to its parts.
export const day = (iso: string): string => iso.slice(0, 10);
export const clock = (iso: string, digits = 3): string => {
  const [, time = ''] = iso.split('T');
  const [head, tail = ''] = time.replace('Z', '').split('.');
  return digits === 0 ? head : `${head}.${tail.padEnd(digits, '0').slice(0, digits)}`;
};

export function isoOf(seconds: number): string {
  const micros = Math.round((seconds - Math.floor(seconds)) * 1e6);
  const base = new Date(Math.floor(seconds) * 1000 + (micros === 1e6 ? 1000 : 0)).toISOString().slice(0, 19);
  return micros % 1e6 === 0 ? `${base}Z` : `${base}.${String(micros).padStart(6, '0')}Z`;
}

export function age(n: number): string {
  if (n < 1) return `${Math.round(n * 1000)} ms`;
  if (n < 60) return `${n.toFixed(1)} s`;
  if (n < 3600) return `${Math.floor(n / 60)} min ${Math.floor(n % 60)} s`;
  return `${Math.floor(n / 3600)} h ${Math.floor(n / 60 % 60)} min`;
}

// camelCase codes in words: inventoryLimit is "inventory limit".
export const words = (code: string): string => code.replace(/([A-Z])/g, ' $1').toLowerCase();
