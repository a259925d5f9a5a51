// A local order book by Binance's documented procedure ("How to manage a local order book correctly", wording of
// 2025-11-12), for the clients that leave it to their user.
export class LocalBook {
  constructor(fetchSnapshot) {
    this.fetchSnapshot = fetchSnapshot;
    this.waiting = [];
    this.lastUpdateId = 0;
    this.resyncs = 0;
    this.fetching = false;
  }

  onDiff(diff) {
    if (this.lastUpdateId === 0) {
      this.waiting.push(diff);
      this.sync();
    } else if (diff.u > this.lastUpdateId) {
      if (diff.U > this.lastUpdateId + 1) {
        this.resyncs++;
        this.lastUpdateId = 0;
        this.waiting = [diff];
        this.sync();
      } else {
        this.apply(diff);
      }
    }
  }

  async sync() {
    if (this.fetching) return;
    this.fetching = true;
    let snapshot;
    do {
      snapshot = await this.fetchSnapshot();
    } while (snapshot.lastUpdateId < this.waiting[0].U);
    this.fetching = false;
    this.changed = Date.now();
    this.bids = new Map(snapshot.bids);
    this.asks = new Map(snapshot.asks);
    this.lastUpdateId = snapshot.lastUpdateId;
    const waiting = this.waiting;
    this.waiting = [];
    for (const diff of waiting) this.onDiff(diff);
  }

  apply(diff) {
    for (const [side, levels] of [[this.bids, diff.b], [this.asks, diff.a]]) {
      for (const [price, quantity] of levels) {
        if (Number(quantity) === 0) side.delete(price);
        else side.set(price, quantity);
      }
    }
    this.lastUpdateId = diff.u;
    this.changed = Date.now();
  }

  // Calls back once, when the book is where the day ends. That may be by a diff or by a snapshot: a client that was cut off, because
  // the machine was too busy for its pings, and connected again behind the last diff would wait for ever for one more. After five
  // seconds without a diff the book is therefore taken from a snapshot again.
  whenAt(last, reached) {
    const look = setInterval(() => {
      if (this.lastUpdateId >= last) {
        clearInterval(look);
        reached();
      } else if (this.changed && Date.now() - this.changed > 5000 && !this.fetching) {
        this.resyncs++;
        this.waiting = [{ U: this.lastUpdateId, u: this.lastUpdateId, b: [], a: [] }];
        this.lastUpdateId = 0;
        this.sync();
      }
    }, 50);
  }
}

// What the test reads: levels with best prices first.
export function report(client, lastUpdateId, bids, asks, more = {}) {
  const levels = (side, sign) =>
    [...side].map(([price, quantity]) => [String(price), String(quantity)]).sort((a, b) => sign * (Number(a[0]) - Number(b[0])));
  console.log(JSON.stringify({ client, lastUpdateId, bids: levels(bids, -1), asks: levels(asks, 1), ...more }));
}

export function settings() {
  const [rest, streams, symbol, last] = process.argv.slice(2);
  return { rest, streams, symbol, last: Number(last) };
}
