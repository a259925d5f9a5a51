// npm "node-binance-api": it keeps the book itself (depthCache), snapshot and buffering included.
import Binance from 'node-binance-api';
import { report, settings } from './book.mjs';

const { rest, streams, symbol, last } = settings();
const client = new Binance({
  reconnect: true,
  urls: { base: `${rest}/api/`, stream: `${streams}/ws/`, combineStream: `${streams}/stream?streams=` },
});
let received = 0;
let ending = false;

client.websockets.depthCache([symbol], async (_, depth, context) => {
  received++;
  const at = client.depthCacheContext[symbol].lastEventUpdateId;
  if (at >= last && !ending) {
    ending = true;
    const prices = await client.prices(symbol);
    const average = await client.avgPrice(symbol);
    report('node-binance-api', at, Object.entries(depth.bids), Object.entries(depth.asks), { received, price: String(prices[symbol]), average: String(average[symbol] ?? average.price) });
    process.exit(0);
  }
}, 5000);
