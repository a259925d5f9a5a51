// npm "@binance/spot", Binance's own client: orders over the WebSocket API, user data by a signed subscription, account by REST.
import { Spot } from '@binance/spot';
import { refusal, report, settings, venueClock } from './orders.mjs';

const { rest, api, symbol } = settings();
const clock = await venueClock(rest);
const keys = { apiKey: 'simulated', apiSecret: 'simulated' };
const client = new Spot({ configurationRestAPI: { ...keys, basePath: rest }, configurationWebsocketAPI: { ...keys, wsURL: api } });
const connection = await client.websocketAPI.connect();
const events = [];
const { stream } = await connection.userDataStreamSubscribeSignature();
stream.on('message', (event) => events.push(event));

const book = (await (await client.restAPI.depth({ symbol, limit: 5 })).data());
const price = Number(book.bids[0][0]);
const maker = { symbol, side: 'BUY', type: 'LIMIT_MAKER', price, quantity: 20, newOrderRespType: 'RESULT' };
const placed = (await connection.orderPlace({ ...maker, newClientOrderId: 'first' })).data;
const refused = await refusal(() => connection.orderPlace({ ...maker, price: Number(book.asks[0][0]) }));
const amended = (await connection.orderAmendKeepPriority({ symbol, orderId: placed.orderId, newQty: 15, newClientOrderId: 'first' })).data;
const replaced = (await connection.orderCancelReplace({ ...maker, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: 'first', newClientOrderId: 'second' })).data;
const other = (await connection.orderPlace({ ...maker, price: Number(book.bids[1][0]), newClientOrderId: 'third' })).data;
const cancelled = (await connection.orderCancel({ symbol, orderId: other.orderId })).data;
const taken = (await connection.orderPlace({ symbol, side: 'BUY', type: 'MARKET', quantity: 10 })).data;
await clock.play(1200);
const status = (await connection.orderStatus({ symbol, origClientOrderId: 'second' })).data;
const trades = (await connection.myTrades({ symbol })).data;
const account = await (await client.restAPI.getAccount({ omitZeroBalances: true })).data();

report({
  client: '@binance/spot',
  placed: placed.status, refused, amended: amended.amendedOrder.qty, replaced: replaced.newOrderResult, cancelled: cancelled.status,
  taken: taken.status, resting: status.status,
  trades: trades.map((t) => ({ id: t.id, quantity: t.qty, maker: t.isMaker })),
  reports: events.filter((e) => e.e === 'executionReport').map((e) => ({ kind: e.x, trade: e.t, quantity: e.l })),
  positions: events.filter((e) => e.e === 'outboundAccountPosition').length,
  balances: account.balances.map((b) => ({ asset: b.asset, free: b.free, locked: b.locked })),
});
