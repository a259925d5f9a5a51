// npm "@binance/spot", Binance's own client: its connection pool, snapshot by its REST client.
import { Spot } from '@binance/spot';
import { LocalBook, report, settings } from './book.mjs';

const { rest, streams, symbol, last } = settings();
const client = new Spot({ configurationRestAPI: { basePath: rest }, configurationWebsocketStreams: { wsURL: streams } });
const book = new LocalBook(async () => (await client.restAPI.depth({ symbol, limit: 5000 })).data());
const connection = await client.websocketStreams.connect();
const stream = connection.diffBookDepth({ symbol: symbol.toLowerCase(), updateSpeed: '100ms' });
let received = 0;

stream.on('message', (diff) => {
  // Its numbers may be big integers.
  const plain = { U: Number(diff.U), u: Number(diff.u), b: diff.b, a: diff.a };
  received++;
  book.lastUpdateId = Number(book.lastUpdateId);
  book.onDiff(plain);
});

async function finish() {
  const time = await (await client.restAPI.time()).data();
  const { price } = await (await client.restAPI.tickerPrice({ symbol })).data();
  const average = await (await client.restAPI.avgPrice({ symbol })).data();
  report('@binance/spot', Number(book.lastUpdateId), book.bids, book.asks, { received, resyncs: book.resyncs, serverTime: Number(time.serverTime), price, average: average.price });
  process.exit(0);
}

book.whenAt(last, finish);
