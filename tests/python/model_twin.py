#!/usr/bin/env python3
"""An independent reproduction of a backtest, written from docs/model.md alone: it shares no code with the program it
checks and needs only the standard library.

    python3 tests/python/model_twin.py --input run.json

Section numbers are those of docs/model.md; a comment "choice:" marks what the page leaves open. Prices and quantities
are ints in 1e-8, money in 1e-16, times in nanoseconds. A side is +1 (bid) or -1 (ask): side * price orders both.
"""
import argparse
import bisect
import json
import math
from collections import deque
from fractions import Fraction

from model_input import UNIT, down, events, real, scaled, up

MONEY, SECOND, DAY = 10 ** 16, 10 ** 9, 86_400 * 10 ** 9
BID, ASK = 1, -1

DEFAULTS = dict(
    gamma="0.1", k="1.5", max_inventory="1", inventory_threshold="0.5", a="0", inventory_target="0",
    inventory_skew="1", order_size="0.1", levels="1", level_spacing="0", min_half_spread="0", max_distance="0",
    join_best="false", horizon_mode="rolling", horizon_seconds="0", session_stop_seconds="60", sigma_reference="0",
    volatility_step_ms="1000", volatility_window="300", volatility_lag="5", volatility_warmup="60",
    volatility_floor="0", requote_ticks="1", min_quote_life_ms="0", max_notional="0", stop_loss="0", max_drawdown="0",
    stale_ms="0", max_spread_ppm="0", max_orders_10s="0", price_collar_ppm="0", mark_seconds="60")
SCALES = {
    1: "levels volatility_step_ms volatility_window volatility_lag volatility_warmup requote_ticks max_spread_ppm "
       "max_orders_10s price_collar_ppm",
    10 ** 6: "min_quote_life_ms stale_ms",
    SECOND: "session_stop_seconds mark_seconds",
    UNIT: "max_inventory inventory_threshold inventory_target order_size level_spacing min_half_spread max_distance",
    MONEY: "max_notional stop_loss max_drawdown",
}

# ---- Settings (1)
class Settings:
    def __init__(self, run):
        c = {**DEFAULTS, **{key: str(value) for key, value in run["configuration"].items()}}
        for scale, names in SCALES.items():
            for name in names.split():
                setattr(self, name, scaled(c[name], scale))
        self.gamma, self.skew, self.floor = (real(c[name]) for name in ("gamma", "inventory_skew", "volatility_floor"))
        self.mode, self.queue, self.join_best = c["horizon_mode"], run["queue"], c["join_best"].lower() == "true"
        self.log_term, self.slope, self.horizon = (real(run.get(name) or 0) for name in ("logTerm", "slope", "horizon"))
        self.tick, self.lot, self.min_quantity = (scaled(run[name], UNIT) for name in ("tick", "lot", "minQuantity"))
        self.min_value, self.fee = scaled(run["minNotional"], MONEY), int(run["feePpm"])
        self.start, self.end = (None if run.get(name) is None else int(run[name]) for name in ("from", "to"))
        self.order_size = down(self.order_size, self.lot)
        self.prints = next((kind for _, kind, _ in events(run["files"]) if kind == "trade"), "aggTrade")  # (10)
        self.level_spacing = max(self.tick, up(self.level_spacing, self.tick))
        assert self.queue in ("optimistic", "fifo", "pessimistic") and self.mode in ("rolling", "session", "stationary")
        assert self.mode != "session" or self.end is not None, "session mode needs the window's end"  # choice

    def limit(self, price):
        return min(self.max_inventory, self.max_notional // price) if self.max_notional > 0 else self.max_inventory

# ---- Book (3)
class Book:
    def __init__(self):
        self.state, self.id, self.kept = "Buffering", 0, deque(maxlen=4096)
        self.seen = (0, 0, "Buffering")  # the last comparison (5)
        self.shown, self.prices, self.bid, self.ask = {BID: {}, ASK: {}}, {BID: [], ASK: []}, 0, 0

    usable = property(lambda self: self.state == "Synced")
    following = property(lambda self: self.state in ("Synced", "Crossed", "OneSided"))

    def apply(self, _, last, bids, asks):
        self.id = last
        for side, levels in ((BID, bids), (ASK, asks)):
            shown, prices = self.shown[side], self.prices[side]
            for price, quantity in levels:
                if quantity:
                    if price not in shown:
                        bisect.insort(prices, price)
                    shown[price] = quantity
                elif shown.pop(price, None) is not None:
                    del prices[bisect.bisect_left(prices, price)]

    def settle(self):
        bids, asks = self.prices[BID], self.prices[ASK]
        self.bid, self.ask = bids[-1] if bids else 0, asks[0] if asks else 0
        self.state = "OneSided" if not bids or not asks else "Crossed" if self.bid >= self.ask else "Synced"

    def diff(self, diff):
        if not self.following:
            self.kept.append(diff)
        elif diff[1] > self.id and diff[0] > self.id + 1:
            self.state, self.kept = "Gap", deque([diff], maxlen=4096)
        elif diff[1] > self.id:
            self.apply(*diff)
            self.settle()

    def snapshot(self, snapshot):
        rest = deque((d for d in self.kept if d[1] > snapshot[1]), maxlen=4096)
        if self.following or rest and rest[0][0] > snapshot[1] + 1:
            return  # choice: "nothing changes" includes the list, the dropped diffs stay in it
        self.shown, self.prices = {BID: {}, ASK: {}}, {BID: [], ASK: []}
        self.apply(*snapshot)
        self.kept = rest
        while rest and rest[0][0] <= self.id + 1:
            diff = rest.popleft()
            if diff[1] > self.id:
                self.apply(*diff)
        self.settle()
        self.state = "Gap" if rest else self.state

    def fold(self, kind, payload):
        """Folds an event; True when the comparison (5) finds a difference."""
        if kind in ("diff", "snapshot"):
            (self.diff if kind == "diff" else self.snapshot)(payload)
        before, self.seen = self.seen, (self.bid, self.ask, self.state)
        return before != self.seen

# ---- Volatility (6)
class Volatility:
    def __init__(self, s):
        self.s, self.step, self.value, self.count = s, s.volatility_step_ms / 1000.0, 0.0, 0  # choice: 0 at first
        self.samples = deque(maxlen=s.volatility_lag + 1)
        self.squares = deque(maxlen=s.volatility_window)  # d·d of the newest W samples; None where one is missing

    def sample(self, m2):
        self.samples.append(m2)
        older = self.samples[0] if len(self.samples) > self.s.volatility_lag else None
        d = None if m2 is None or older is None else float(m2 - older)
        self.squares.append(None if d is None else d * d)
        total, self.count = 0.0, len(self.squares) - self.squares.count(None)
        for square in self.squares:  # plainly, in order: sum() compensates in newer Pythons
            total += square or 0.0
        if self.count:
            estimate = total / (float(self.count) * float(self.s.volatility_lag)) / self.step / 4e16
            self.value = max(estimate, self.s.floor * self.s.floor)

# ---- Accounting (11) and the metrics taken from it (12)
class Ledger:
    def __init__(self, s, start):
        self.s, self.start, self.at = s, start, start
        self.position = self.cash = self.cost = self.realised = self.fees = 0
        self.pool = self.trips = self.won = self.turnover = 0
        self.area = self.squares = self.beyond = 0  # integrals over time of q, q², |q| > N★
        self.low = self.high = self.q

    q = property(lambda self: self.position - self.s.inventory_target)

    def trade(self, x, price):
        """Returns the closed quantity and what closing it realised."""
        closed = gain = 0
        if self.position * x < 0:
            sign, held = (1, self.position) if self.position > 0 else (-1, -self.position)
            closed = min(abs(x), held)
            out = abs(self.cost) * closed // held * (1 if self.cost > 0 else -1)
            gain = sign * price * closed - out
            self.realised, self.cost = self.realised + gain, self.cost - out
            self.position, x = self.position - sign * closed, x + sign * closed
        self.position += x
        self.cost += price * x
        return closed, gain

    def fill(self, side, price, quantity, now):
        self.pass_time(now)
        paid, scale, worth = (quantity, 10 ** 6, price) if side == BID else (price * quantity, 10 ** 6 * UNIT, UNIT)
        held, commission = abs(self.position), -(-paid * self.s.fee // scale)
        value = commission * worth
        self.cash -= side * price * quantity
        closed, gain = self.trade(side * quantity, price)
        self.fees += value
        self.trade(-commission if side == BID else 0, price)
        self.cash -= value if side == ASK else 0
        left, own = self.pool * closed // max(1, held), value * closed // quantity
        self.trips += closed > 0
        self.won += closed > 0 and gain - left - own > 0
        self.pool += value - own - left  # choice: the opening part pays what truncation leaves
        self.turnover += price * quantity
        self.low, self.high = min(self.low, self.q), max(self.high, self.q)  # choice: also values held for no time
        assert self.realised - self.cost - self.fees == self.cash, "accounting identity"
        return commission

    def pass_time(self, now):
        span, q, self.at = now - self.at, self.q, now
        self.area += q * span
        self.squares += q * q * span
        self.beyond += span * (abs(q) > self.s.inventory_threshold)

    def inventory(self, now):
        self.pass_time(now)
        span = max(1, now - self.start)
        variance = Fraction(self.squares * span - self.area ** 2, (span * UNIT) ** 2)  # choice: exact, rounded last
        return {"mean": float(Fraction(self.area, span * UNIT)), "standardDeviation": math.sqrt(variance),
                "min": self.low / UNIT, "max": self.high / UNIT, "shareBeyondThreshold": self.beyond / span}

def sharpe(marks, mark):
    steps = [b - a for a, b in zip([0] + marks, marks)]
    n, total = len(steps), sum(steps)
    spread = n * sum(x * x for x in steps) - total * total  # n(n − 1) times the variance; choice: exact, rounded last
    if not spread:
        return None
    return total / math.sqrt(Fraction(spread * n, n - 1)) * math.sqrt(365 * 86_400 / (mark / SECOND))

# ---- Venue (9, 10)
class Order:
    def __init__(self, number, side, level, target, now):
        self.number, self.side, self.level, self.requested = number, side, level, now
        self.price, self.remaining = target
        self.left, self.ahead, self.state = self.remaining, 0, "new"  # left: the venue's remaining, told later

class Venue:
    def __init__(self, s, book):
        self.s, self.book, self.orders, self.accepted, self.fills = s, book, {}, 0, []

    def submit(self, order):
        s, book, side, price, quantity = self.s, self.book, order.side, order.price, order.left
        if (not book.usable or price <= 0 or price % s.tick or quantity < s.min_quantity or quantity % s.lot
                or price * quantity < s.min_value or side * (price - (book.ask if side == BID else book.bid)) >= 0):
            return False
        order.ahead = book.shown[side].get(price, 0)
        self.orders[order.number], self.accepted = order, self.accepted + 1
        return True

    def queue(self, side):
        return sorted((o for o in self.orders.values() if o.side == side), key=lambda o: (-side * o.price, o.number))

    def fill(self, order, available, rule):
        """Fills what is available; returns how much that was."""
        x = max(0, min(order.left, available))
        if x:
            order.left -= x
            self.fills.append((order, x, order.left, rule))
            if not order.left:
                del self.orders[order.number]
        return x

    def match(self, kind, payload):
        """Returns the fills in the order they are told (5)."""
        self.fills = []
        if self.orders and kind == self.s.prints:
            self.trade(*payload)
        elif self.orders and kind == "diff" and self.book.following and payload[0] <= self.book.id + 1 <= payload[1]:
            self.diff({BID: payload[2], ASK: payload[3]})
        return sorted(self.fills, key=lambda fill: fill[0].number)

    def trade(self, price, rest, buyer_was_maker):
        side = BID if buyer_was_maker else ASK
        queue, taken = self.queue(side), 0
        for o in queue:
            if side * (o.price - price) > 0:
                rest -= self.fill(o, rest, "printThrough")
        for o in queue if rest and self.s.queue != "pessimistic" else ():
            if o.price == price:
                ahead = o.ahead if self.s.queue == "fifo" else 0
                taken += self.fill(o, rest - ahead - taken, "printAtPrice")
                o.ahead = max(0, o.ahead - rest)

    def diff(self, sent):
        for side in (BID, ASK):
            queue = self.queue(side)
            for price, quantity in sent[-side] if queue else ():
                if quantity and side * (queue[0].price - price) >= 0:
                    new = quantity - self.book.shown[-side].get(price, 0)
                    for o in queue:
                        if side * (o.price - price) >= 0:
                            new -= self.fill(o, new, "bookCrossed")
        for o in self.orders.values():
            for price, quantity in sent[o.side]:
                if price == o.price:
                    o.ahead = min(o.ahead, quantity)

# ---- Engine (4, 5, 7, 8)
class Engine:
    def __init__(self, s, book, start):
        self.s, self.book, self.now, self.market_time, self.day = s, book, start, start, start // DAY
        self.venue, self.ledger, self.volatility = Venue(s, book), Ledger(s, start), Volatility(s)
        self.orders, self.unanswered, self.number = {}, deque(), 0
        self.equity = self.peak = self.worst = self.day_equity = 0
        self.halt, self.reasons, self.decisions = None, None, 0  # choice: the first decision is always written
        self.recent = deque()  # when the orders of the last ten seconds were asked for
        self.fills, self.marks, self.step = [], [], s.volatility_step_ms * 10 ** 6
        self.due = down(start, self.step) + self.step

    def market(self, stamp, kind, payload):
        while self.due <= stamp:
            self.timer(self.due)
            self.due += self.step
        self.now = self.market_time = max(self.now, stamp)
        told = self.venue.match(kind, payload)
        if self.book.fold(kind, payload):
            self.evaluate()
        for order, x, left, rule in told:
            commission = self.ledger.fill(order.side, order.price, x, self.now)
            order.remaining = left
            if not left:
                del self.orders[order.number]  # choice: gone with its last fill, also when a cancel is unanswered
            self.fills.append({"orderId": order.number, "side": "bid" if order.side == BID else "ask",
                               "price": order.price, "quantity": x, "remaining": left, "rule": rule,
                               "commission": commission, "time": self.now})
            self.evaluate()
        self.answer()

    def timer(self, due):
        self.now = due
        self.volatility.sample(self.book.bid + self.book.ask if self.book.usable else None)
        if due // DAY > self.day:
            self.observe()
            self.day, self.day_equity = due // DAY, self.equity
            self.halt = None if self.halt == "day" else self.halt
        self.evaluate()
        if due % self.s.mark_seconds == 0:
            self.marks.append(self.equity)
        self.answer()

    def answer(self):
        while self.unanswered:
            new, order = self.unanswered.popleft()
            if new and self.venue.submit(order):
                order.state = "resting"
            elif new:
                del self.orders[order.number]
                continue  # rejected: no evaluation
            elif self.venue.orders.pop(order.number, None):
                del self.orders[order.number]
            self.evaluate()

    def observe(self):
        if self.book.usable:
            self.equity = self.ledger.cash + self.ledger.position * (self.book.bid + self.book.ask) // 2
            self.peak = max(self.peak, self.equity)
            self.worst = max(self.worst, self.peak - self.equity)

    def evaluate(self):
        s, q = self.s, self.ledger.q
        self.observe()
        if self.book.usable and not self.halt:
            self.halt = ("run" if 0 < s.max_drawdown <= self.peak - self.equity else
                         "day" if 0 < s.stop_loss <= self.day_equity - self.equity else None)
        prices = None if self.stopped() else self.prices(q)
        if prices is None:
            self.stop()
            return
        self.request(q, {side: self.targets(side, prices[side], side * q) for side in (BID, ASK)})

    def stop(self):
        self.reasons = None  # the next decision is written whatever its reasons
        for order in [o for o in self.orders.values() if o.state == "resting"]:
            self.cancel(order)

    def stopped(self):
        s, bid, ask = self.s, self.book.bid, self.book.ask
        return (self.halt or not self.book.usable or 0 < s.stale_ms < self.now - self.market_time
                or self.volatility.count < s.volatility_warmup
                or s.mode == "session" and s.end - self.now <= s.session_stop_seconds
                or 0 < s.max_spread_ppm < 2_000_000 * (ask - bid) // (bid + ask))

    def prices(self, q):
        s, bid, ask, tick, variance = self.s, self.book.bid, self.book.ask, self.s.tick, self.volatility.value
        m2, mid, held = bid + ask, (bid + ask) / (2.0 * 1e8), q / 1e8
        if s.mode == "stationary":
            risk = s.slope * math.sqrt(variance)
            half = s.log_term + 0.5 * risk
            spread = 2.0 * half
        else:
            risk = s.gamma * variance * ((s.end - self.now) / 1e9 if s.mode == "session" else s.horizon)
            spread = risk + 2.0 * s.log_term
            half = 0.5 * spread
        r = mid - held * risk
        beyond, room = abs(q) - s.inventory_threshold, s.max_inventory - s.inventory_threshold
        p = 0.0 if beyond <= 0 else 1.0 if beyond >= room else beyond / room
        shift = s.skew * (0.5 * spread) * p
        shift = -shift if q > 0 else shift
        low, high = (r - half + shift) * 1e8, (r + half + shift) * 1e8
        if not (abs(low) < 2.0 ** 53 and abs(high) < 2.0 ** 53):
            return None
        low, high = down(math.floor(low), tick), up(math.ceil(high), tick)
        if s.min_half_spread > 0:
            low = min(low, down(m2 - 2 * s.min_half_spread, 2 * tick) // 2)
            high = max(high, up(m2 + 2 * s.min_half_spread, 2 * tick) // 2)
        if s.max_distance > 0:
            low = max(low, up(m2 - 2 * s.max_distance, 2 * tick) // 2)
            high = min(high, down(m2 + 2 * s.max_distance, 2 * tick) // 2)
        if s.join_best:
            low, high = min(low, down(bid, tick)), max(high, up(ask, tick))
        return {BID: min(low, down(ask - 1, tick)), ASK: max(high, up(bid + 1, tick))}

    def targets(self, side, best, held):
        s, found, reason = self.s, [], "quoted"
        m2 = self.book.bid + self.book.ask

        def too_far(price):
            return 0 < s.price_collar_ppm and abs(2 * price - m2) * 10 ** 6 > s.price_collar_ppm * m2

        if best <= 0 or too_far(best):
            return found, "no price" if best <= 0 else "price collar"
        room = s.limit(best) - held
        if room <= 0:  # choice: the notional limit is the reason when it is the smaller one
            return found, "inventory limit" if s.limit(best) == s.max_inventory else "notional limit"
        for level in range(s.levels):
            price, quantity = best - side * level * s.level_spacing, down(min(s.order_size, room), s.lot)
            if price <= 0 or too_far(price) or quantity < s.min_quantity or price * quantity < s.min_value:
                return found, "reduced" if level else "below minimum"
            reason = "reduced" if quantity < s.order_size else reason
            found.append((price, quantity))
            room -= quantity
        return found, reason

    def request(self, q, found):
        s, cancels, submits, reasons = self.s, [], [], [found[BID][1], found[ASK][1]]

        def has_room(side, price, quantity):
            used = sum(o.remaining for o in self.orders.values() if o.side == side)
            return side * q + used + quantity <= s.limit(price)

        for side, level in [(side, level) for side in (BID, ASK) for level in range(s.levels)]:
            orders = [o for o in self.orders.values() if o.side == side and o.level == level]
            target = found[side][0][level] if level < len(found[side][0]) else None
            if not orders:
                submits += [(side, level, target)] if target and has_room(side, *target) else []
            elif all(o.state == "resting" for o in orders):
                order, = orders
                if not target or order.remaining > target[1] or (
                        abs(order.price - target[0]) >= s.requote_ticks * s.tick
                        and self.now - order.requested >= s.min_quote_life_ms):
                    cancels.append(order)
                    submits += [(side, level, target)] if target else []
        while self.recent and self.now - self.recent[0] >= 10 * SECOND:
            self.recent.popleft()
        if 0 < s.max_orders_10s < len(self.recent) + len(submits) and submits:
            self.stop()
            return
        if cancels or submits or reasons != self.reasons:
            self.reasons, self.decisions = reasons, self.decisions + 1
            for order in cancels:
                self.cancel(order)
            for side, level, target in submits:
                if has_room(side, *target):
                    self.number += 1
                    self.recent.append(self.now)
                    self.orders[self.number] = order = Order(self.number, side, level, target, self.now)
                    self.unanswered.append((True, order))

    def cancel(self, order):
        order.state = "cancel"
        self.unanswered.append((False, order))

# ---- Run (2)
def simulate(run):
    s, book, engine, before = Settings(run), Book(), None, False
    for stamp, kind, payload in events(run["files"]):
        if engine is None and stamp < (s.start or 0):
            before = True
            book.fold(kind, payload)
            continue
        engine = engine or Engine(s, book, s.start if before else stamp)
        if s.end is not None and stamp >= s.end:
            break
        engine.market(stamp, kind, payload)
    ledger = engine.ledger  # None here: no event in the window
    unrealised = ledger.position * (book.bid + book.ask) // 2 - ledger.cost if book.bid and book.ask else 0
    total = ledger.realised + unrealised - ledger.fees
    return {
        "fills": engine.fills, "orders": engine.venue.accepted, "decisions": engine.decisions,
        "pnl": dict(total=str(total), realised=str(ledger.realised), unrealised=str(unrealised), fees=str(ledger.fees)),
        "position": ledger.position, "maxDrawdown": str(engine.worst),
        "hitRate": ledger.won / ledger.trips if ledger.trips else None, "sharpe": sharpe(engine.marks, s.mark_seconds),
        "turnover": str(ledger.turnover), "roundTrips": ledger.trips, "inventory": ledger.inventory(engine.now),
        "book": {"state": book.state, "id": book.id, "bid": [book.bid, book.shown[BID].get(book.bid, 0)],
                 "ask": [book.ask, book.shown[ASK].get(book.ask, 0)]},
    }

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--input", required=True, help="the run as JSON")
    with open(parser.parse_args().input, encoding="utf-8") as source:
        print(json.dumps(simulate(json.load(source, parse_float=str))))  # decimals stay text
