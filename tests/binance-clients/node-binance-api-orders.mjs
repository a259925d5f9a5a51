// npm "node-binance-api": orders by signed REST as its users write them.
import Binance from 'node-binance-api';
import { refusal, report, settings, venueClock } from './orders.mjs';

const { rest, api, symbol } = settings();
const clock = await venueClock(rest);
const client = new Binance({ APIKEY: 'simulated', APISECRET: 'simulated', recvWindow: 5000, urls: { base: `${rest}/api/` } });

const book = await client.depth(symbol, 5);
const bids = book.bids.map((level) => level.price);
const maker = { type: 'LIMIT_MAKER', newOrderRespType: 'RESULT' };
const placed = await client.order('LIMIT_MAKER', 'BUY', symbol, 20, bids[0], { ...maker, newClientOrderId: 'first' });
const refused = await refusal(() => client.order('LIMIT_MAKER', 'BUY', symbol, 20, book.asks[0].price, maker));
const amended = await client.signedRequest(`${rest}/api/v3/order/amend/keepPriority`, { symbol, orderId: placed.orderId, newQty: 15, newClientOrderId: 'first' }, 'PUT');
const replaced = await client.signedRequest(`${rest}/api/v3/order/cancelReplace`, { symbol, side: 'BUY', type: 'LIMIT_MAKER', price: bids[0], quantity: 20, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: 'first', newClientOrderId: 'second' }, 'POST');
const other = await client.order('LIMIT_MAKER', 'BUY', symbol, 20, bids[1], { ...maker, newClientOrderId: 'third' });
const cancelled = await client.cancel(symbol, other.orderId);
const taken = await client.marketBuy(symbol, 10);
await clock.play(1200);
const status = await client.signedRequest(`${rest}/api/v3/order`, { symbol, origClientOrderId: 'second' }, 'GET');
const trades = await client.trades(symbol);
const balances = await client.balance();

report({
  client: 'node-binance-api',
  placed: placed.status, refused, amended: amended.amendedOrder.qty, replaced: replaced.newOrderResult, cancelled: cancelled.status,
  taken: taken.status, resting: status.status,
  trades: trades.map((t) => ({ id: t.id, quantity: t.qty, maker: t.isMaker })),
  balances: Object.entries(balances).map(([asset, b]) => ({ asset, free: b.available, locked: b.onOrder })),
});
