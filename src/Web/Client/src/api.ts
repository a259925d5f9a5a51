// What the server is asked, and what it answers (docs/serve.md).

export interface Item {
  stream: string; symbol: string; events?: number; first?: string; last?: string; sealed?: boolean; writer?: string | null;
  damage: string | null; day?: string; recording?: string; untrustedSeconds?: number | null; gaps?: number | null;
  diffs?: number | null; trades?: number | null; name?: string; kind?: string; windowStart?: string; parent?: string | null;
  parentSequence?: number; queue?: string; feePpm?: number; pnl?: string | null; quoteAsset?: string | null;
  maxDrawdown?: string | null; halted?: string | null; fills?: number | null; inputs?: string[];
}

export interface Catalog { store: string; days: Item[]; runs: Item[] }

export interface Parameter { name: string; kind: string; unit: string; meaning: string; value: string; fixed: boolean; choices: string[] }

export interface RunFacts {
  name: string; kind: string; engine: string; parent: string | null; parentSequence: number; queue: string; feePpm: number;
  horizonSource: string; sealed: boolean; noFork: string | null; events: number; read: number; fills: number; decisions: number; stops: number;
  ended: string | null; halted: string | null; maxDrawdown?: string; threshold?: number; most?: number; parameters: Parameter[];
}

export interface Damage { stream: string; what: string; readable?: number; findings?: string[] }

export interface Opened {
  stream: string; family: string; start: number; end: number; startTime: string; endTime: string; grows: boolean; indexed: number; complete: boolean;
  symbol?: string; base?: string; quote?: string; tick?: string; lot?: string; gaps: number;
  streams: { name: string; events: number; sealed: boolean }[]; run?: RunFacts; damage: Damage[];
}

type Numbers = (number | null)[];

export interface Series {
  from: number; to: number; indexed: number; time: number[]; mid: Numbers; low: Numbers; high: Numbers; bid: Numbers; ask: Numbers;
  volume: Numbers; trusted: number[]; ourBid?: Numbers; ourAsk?: Numbers; inventory?: Numbers; pnl?: Numbers; pnlLow?: Numbers;
  pnlHigh?: Numbers; drawdown?: Numbers; sigma?: Numbers; fillCount?: number; fills?: [number, number, number, number, number][];
  stops?: [number, string, string, number][]; gaps: [number, string, string, boolean][];
}

export interface Order {
  id: number; side: string; level: number; price: string; open: string; status: string; ahead: string | null;
  aheadAtStart: string | null; age: number; sequence: number; decision: number;
}

export interface Situation {
  at: string; time: string; seconds: number; marketEvent: string | null; runEvent: number; book: string; trusted: boolean;
  mid?: string; spread?: string; spreadPpm?: number; bids: [string, string][]; asks: [string, string][]; orders?: Order[];
  inventory?: string; position?: string; cash?: string; realised?: string; unrealised?: string; fees?: string; pnl?: string;
  fills?: number; drawdown?: string | null; markedAt?: string | null;
  decision?: {
    sequence: number; time: string; number: number; sigma: number; reservation: number; spread: number; horizon: number; shift: number;
    bidReason: string; askReason: string; inForce: boolean; bids: [string, string][]; asks: [string, string][];
  };
  stop?: { sequence: number; time: string; reason: string };
  halt?: { sequence: number; time: string; reason: string; observed: string; limit: string };
}

export interface LogLine { at: string; own: boolean; sequence: number; time: string; type: string; text: string; cause: string | null }

export interface Log { current: number; lines: LogLine[] }

export interface Term { name: string; label: string; value: string; unit: string; how: string; logged: string | null; equal: boolean | null }

export interface Explanation {
  run: string; sequence: number; type: string; time: string; headline: string; reproduced: boolean;
  chain: { stream: string; text: string; event: { sequence: number; type: string; receiveTime: number } }[];
  sections: { name: string; title: string; terms: Term[] }[];
}

export interface Comparison {
  settings: { name: string; first: string; second: string }[];
  divergence: null | { sequence: number; time: string; seconds: number; first: Parted | null; second: Parted | null; fields: FieldDifference[] };
}

export interface Parted { type: string; text: string; at: string }
export interface FieldDifference { name: string; first: string; second: string }

export interface Progress { indexed: number; end: number; last: string; run: number; complete: boolean; grows: boolean }

type Values = Record<string, string | number | undefined>;

async function read<T>(answer: Response): Promise<T> {
  if (answer.headers.get('content-type')?.startsWith('application/json')) {
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error ?? `The viewer answered with ${answer.status}.`);
    return body as T;
  }
  throw new Error(answer.status === 401
    ? 'This viewer needs its token: open the address with ?token=… once.'
    : (await answer.text()) || `The viewer answered with ${answer.status}.`);
}

export async function ask<T>(question: string, values: Values = {}, signal?: AbortSignal): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  try {
    return await read<T>(await fetch(`/api/${question}?${query}`, { signal }));
  } catch (error) {
    if (error instanceof TypeError) throw new Error('The viewer does not answer: mm serve has ended, or the network is down.');
    throw error;
  }
}

export async function begin<T>(question: string, body: unknown): Promise<T> {
  return read<T>(await fetch(`/api/${question}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));
}

export function follow(stream: string, on: (progress: Progress) => void): () => void {
  const source = new EventSource(`/api/follow?stream=${encodeURIComponent(stream)}`);
  source.onmessage = message => on(JSON.parse(message.data) as Progress);
  source.addEventListener('done', () => source.close());
  return () => source.close();
}
