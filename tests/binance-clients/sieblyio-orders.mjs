// npm "binance": orders by signed REST, the same calls over its WebSocket API client.
import { MainClient, WebsocketAPIClient } from 'binance';
import { refusal, report, settings, venueClock } from './orders.mjs';

const { rest, api, symbol } = settings();
const clock = await venueClock(rest);
const keys = { api_key: 'simulated', api_secret: 'simulated' };
const client = new MainClient({ ...keys, baseUrl: rest, disableTimeSync: true });
const silent = { trace() {}, info() {}, error: console.error };
const sockets = new WebsocketAPIClient({ ...keys, wsUrl: api.replace('/ws-api/v3', ''), attachEventListeners: false, muteLatencyWarning: true, beautify: false }, silent);
const events = [];
sockets.getWSClient().on('message', (m) => events.push(m.event ?? m.data?.event ?? m));
sockets.getWSClient().on('exception', () => {});
await sockets.subscribeUserDataStream('mainWSAPI');

const book = await client.getOrderBook({ symbol, limit: 5 });
const maker = { symbol, side: 'BUY', type: 'LIMIT_MAKER', price: book.bids[0][0], quantity: 20, newOrderRespType: 'RESULT' };
const placed = await client.submitNewOrder({ ...maker, newClientOrderId: 'first' });
const refused = await refusal(() => client.submitNewOrder({ ...maker, price: book.asks[0][0] }));
// Its REST client sends this one to the futures API.
const amended = (await sockets.amendSpotOrderKeepPriority({ symbol, orderId: placed.orderId, newQty: 15, newClientOrderId: 'first', timestamp: Date.now() })).result;
const replaced = await client.replaceOrder({ ...maker, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: 'first', newClientOrderId: 'second' });
const other = await client.submitNewOrder({ ...maker, price: book.bids[1][0], newClientOrderId: 'third' });
const cancelled = await client.cancelOrder({ symbol, orderId: other.orderId });
const taken = await client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 10 });
await clock.play(1200);
const status = await client.getOrder({ symbol, origClientOrderId: 'second' });
const trades = (await sockets.getSpotMyTrades({ symbol, timestamp: Date.now() })).result;
const account = await client.getAccountInformation({ omitZeroBalances: true });

report({
  client: 'binance',
  placed: placed.status, refused, amended: amended.amendedOrder.qty, replaced: replaced.newOrderResult, cancelled: cancelled.status,
  taken: taken.status, resting: status.status,
  trades: trades.map((t) => ({ id: t.id, quantity: String(t.qty), maker: t.isMaker })),
  reports: events.filter((e) => e.e === 'executionReport').map((e) => ({ kind: e.x, trade: e.t, quantity: String(e.l) })),
  positions: events.filter((e) => e.e === 'outboundAccountPosition').length,
  balances: account.balances.map((b) => ({ asset: b.asset, free: String(b.free), locked: String(b.locked) })),
});
