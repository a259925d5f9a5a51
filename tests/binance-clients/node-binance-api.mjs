// npm "node-binance-api": it keeps the book itself (depthCache), snapshot and buffering included.
import Binance from 'node-binance-api';
import { report, settings } from './book.mjs';

const { rest, streams, symbol, last } = settings();
const client = new Binance({
  reconnect: true,
  urls: { base: `${rest}/api/`, stream: `${streams}/ws/`, combineStream: `${streams}/stream?streams=` },
});
let received = 0;

client.websockets.depthCache([symbol], (_, depth, context) => {
  received++;
  const at = client.depthCacheContext[symbol].lastEventUpdateId;
  if (at >= last) {
    report('node-binance-api', at, Object.entries(depth.bids), Object.entries(depth.asks), { received });
    process.exit(0);
  }
}, 5000);
