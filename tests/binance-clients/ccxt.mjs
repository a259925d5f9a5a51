// npm "ccxt": it keeps the book itself (watchOrderBook), and refuses a diff that does not follow on the one before.
// Its file for Binance alone: all hundred exchanges would take seconds to load.
import Binance from './node_modules/ccxt/js/src/pro/binance.js';
import { report, settings } from './book.mjs';

const { rest, streams, symbol, last } = settings();
const client = new Binance({ enableRateLimit: false, options: { fetchMarkets: { types: ['spot'] } } });
client.urls.api.public = `${rest}/api/v3`;
// It knows spot by "/stream" in the address, which Binance's host name has.
client.urls.api.ws.spot = `${streams}/ws/stream`;
// It wants this before an address without TLS.
await client.loadHttpProxyAgent();
await client.loadMarkets();
const market = client.markets_by_id[symbol][0].symbol;
let received = 0;
let book;
do {
  book = await client.watchOrderBook(market, 5000);
  received++;
} while (book.nonce < last);
const prices = await client.fetchLastPrices([market]);
const average = await client.publicGetAvgPrice({ symbol });
report('ccxt', book.nonce, book.bids, book.asks, { received, price: String(prices[market].price), average: average.price });
process.exit(0);
