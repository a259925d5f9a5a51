// npm "binance": SUBSCRIBE on a connection to /stream, snapshot by its REST client.
import { MainClient, WebsocketClient } from 'binance';
import { LocalBook, report, settings } from './book.mjs';

const { rest, streams, symbol, last } = settings();
const silent = { trace() {}, info() {}, error: console.error };
const client = new MainClient({ baseUrl: rest });
const sockets = new WebsocketClient({ wsUrl: streams, beautify: false }, silent);
const book = new LocalBook(() => client.getOrderBook({ symbol, limit: 5000 }));
let received = 0;

sockets.on('message', (message) => {
  const diff = message.data ?? message;
  if (diff.e !== 'depthUpdate') return;
  received++;
  book.onDiff(diff);
});
sockets.on('exception', (error) => console.error('exception', error));

async function finish() {
  const info = await client.getExchangeInfo({ symbol });
  const ticker = await client.getSymbolOrderBookTicker({ symbol });
  const { price } = await client.getSymbolPriceTicker({ symbol });
  const average = await client.getAvgPrice({ symbol });
  report('binance', book.lastUpdateId, book.bids, book.asks, { received, resyncs: book.resyncs, symbols: info.symbols.map((s) => s.symbol), ticker, price: String(price), average: String(average.price) });
  process.exit(0);
}

book.whenAt(last, finish);
await sockets.subscribe([`${symbol.toLowerCase()}@depth@100ms`], 'main');
