#!/usr/bin/env python3
"""Level rows a second of this program and of hftbacktest over the same day, from one run.

  ./mm events market/BTCUSDT/2024-08-08/RECORDING --store DIR | bench/compare/compare.py --store DIR --date 2024-08-08

Standard input are the day's events as `mm events` prints them. They become hftbacktest's documented input array (--out FILE
keeps it), and a two-sided quoting strategy runs over it in an installed hftbacktest: zero latency, its risk-averse queue, a
decision a second, quotes --half-spread away from the mid. Then `mm backtest` runs over the same day with the same half spread (γ 0 and
a k that adds next to nothing), and both systems' level rows a second are printed. With --export-only nothing is run. Nothing beyond
Python's library is needed for that.

Three things are not alike: hftbacktest reads its array from memory (reading it is not counted), this program reads its store;
hftbacktest's strategy acts once a second, this program's at every move of a best price as well; and beyond half of its largest
inventory this program shifts its quotes, which the other strategy does not.
"""
import argparse
import json
import os
import re
import struct
import subprocess
import sys
import time
import zipfile

DEPTH, TRADE, CLEAR, SNAPSHOT = 1, 2, 3, 4
EXCHANGE, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
# hftbacktest 2: event_dtype of its documentation, 64 bytes a row.
DTYPE_2 = "[('ev', '<u8'), ('exch_ts', '<i8'), ('local_ts', '<i8'), ('px', '<f8'), ('qty', '<f8'), ('order_id', '<u8'), ('ival', '<i8'), ('fval', '<f8')]"
ROW_2 = struct.Struct("<QqqddQqd")
HOW = ("hftbacktest is not installed here. Install it where Python packages can be had, then run this again:\n"
       "  python3 -m pip install 'hftbacktest>=2.0,<3'\n"
       "--export-only --out FILE.npz writes the input array without it.")


def fail(why):
    print(why, file=sys.stderr)
    sys.exit(2)


def rows_of(lines):
    """(flags, exchange time, local time, price, quantity) a level or trade, in the recorded order."""
    scale_p = scale_q = None
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            kind, payload, local = event["type"], event["payload"], event["receiveTime"]
        except (ValueError, KeyError, TypeError) as e:
            fail(f"compare.py: line {number} of standard input is no event ({e}); pipe `mm events STREAM` into it.")
        if kind == "instrumentDefined":
            scale_p, scale_q = 10 ** payload["priceDecimals"], 10 ** payload["quantityDecimals"]
            continue
        if kind not in ("depthDiff", "bookSnapshot", "bookCheckpoint", "trade"):
            continue
        if scale_p is None:
            fail(f"compare.py: line {number} comes before the instrument; give the stream from its first event.")
        # Zero latency: both times are the receive stamp, in the recorded order.
        both = EXCHANGE | LOCAL
        if kind == "trade":
            side = SELL if payload["buyerIsMaker"] else BUY
            yield TRADE | both | side, local, payload["price"] / scale_p, payload["quantity"] / scale_q
            continue
        flag = DEPTH
        if kind != "depthDiff":
            flag = SNAPSHOT
            for side, levels in ((BUY, payload["bids"]), (SELL, payload["asks"])):
                if levels:
                    yield CLEAR | both | side, local, levels[-1][0] / scale_p, 0.0
        for side, levels in ((BUY, payload["bids"]), (SELL, payload["asks"])):
            for price, quantity in levels:
                yield flag | both | side, local, price / scale_p, quantity / scale_q


def export(lines, path):
    """Writes the array as an .npz with the key 'data'; numpy is not needed. Returns (rows, level rows)."""
    rows = levels = 0
    last = 0
    body = path + ".part"
    with open(body, "wb") as out:
        for flags, local, price, quantity in rows_of(lines):
            # hftbacktest wants times that do not run backwards; ours may by microseconds.
            last = max(last, local)
            out.write(ROW_2.pack(flags, last, last, price, quantity, 0, 0, 0.0))
            rows += 1
            levels += flags & 7 in (DEPTH, SNAPSHOT)
    if rows == 0:
        os.remove(body)
        fail("compare.py: standard input has no market event; pipe `mm events STREAM` into it.")
    header = f"{{'descr': {DTYPE_2}, 'fortran_order': False, 'shape': ({rows},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("data.npy", "w", force_zip64=True) as member, open(body, "rb") as source:
            member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("latin1"))
            while chunk := source.read(1 << 20):
                member.write(chunk)
    os.remove(body)
    return rows, levels


def run_theirs(path, arguments):
    """Their seconds, without reading the array and without compiling the strategy."""
    import numpy
    from numba import njit
    import hftbacktest as theirs

    data = numpy.load(path)["data"]

    @njit
    def quote(hbt, half, size, tick, limit):
        order = 1
        while hbt.elapse(1_000_000_000) == 0:
            hbt.clear_inactive_orders(0)
            depth = hbt.depth(0)
            mid = (depth.best_bid + depth.best_ask) / 2.0
            position = hbt.position(0)
            orders = hbt.orders(0).values()
            while orders.has_next():
                resting = orders.get()
                if resting.cancellable:
                    hbt.cancel(0, resting.order_id, False)
            if position < limit:
                hbt.submit_buy_order(0, order, numpy.floor((mid - half) / tick) * tick, size, theirs.GTX, theirs.LIMIT, False)
            if position > -limit:
                hbt.submit_sell_order(0, order + 1, numpy.ceil((mid + half) / tick) * tick, size, theirs.GTX, theirs.LIMIT, False)
            order += 2
        return True

    def backtest(rows):
        asset = theirs.BacktestAsset().data(rows).linear_asset(1.0)
        latency = getattr(asset, "constant_order_latency", None) or asset.constant_latency
        asset = latency(0, 0).risk_adverse_queue_model().no_partial_fill_exchange()
        asset = asset.trading_value_fee_model(0.001, 0.001).tick_size(arguments.tick).lot_size(arguments.lot)
        hbt = theirs.HashMapMarketDepthBacktest([asset])
        start = time.process_time()
        quote(hbt, arguments.half_spread, arguments.size, arguments.tick, 10 * arguments.size)
        seconds = time.process_time() - start
        hbt.close()
        return seconds

    backtest(data[: min(len(data), 100_000)])
    return backtest(data)


def run_ours(arguments):
    """Our CPU seconds, reading the store and starting the process included."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    command = [os.path.join(root, "mm"), "backtest", "--symbol", arguments.symbol, "--date", arguments.date, "--store", arguments.store, "--threads", "1",
               "--queue", "pessimistic", "--order-size", str(arguments.size), "--max-inventory", str(10 * arguments.size), "--inventory-threshold", str(5 * arguments.size),
               "--gamma", "0", "--min-half-spread", str(arguments.half_spread), "--k", "1000", "--stop-loss", "0", "--max-drawdown", "0", "--out", arguments.runs, "--json"]
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True)
    after = os.times()
    if done.returncode not in (0, 4):
        fail(f"compare.py: mm backtest ended with {done.returncode}:\n{done.stderr}")
    seconds = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    return seconds, json.loads(done.stdout)["levelUpdates"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="keep the input array here (.npz)")
    parser.add_argument("--export-only", action="store_true", help="write the array and run nothing")
    parser.add_argument("--symbol", default="BTCUSDT")
    parser.add_argument("--date", help="day to backtest, as for mm backtest")
    parser.add_argument("--store", default="data", help="store that the events came from")
    parser.add_argument("--runs", default="compare-runs", help="directory for our runs")
    parser.add_argument("--tick", type=float, default=0.01)
    parser.add_argument("--lot", type=float, default=0.00001)
    parser.add_argument("--size", type=float, default=0.005, help="quantity of each quote")
    parser.add_argument("--half-spread", type=float, default=6.0, help="distance of quotes from the mid")
    arguments = parser.parse_args()
    if arguments.export_only and not arguments.out:
        parser.error("--export-only needs --out FILE.npz")
    if not arguments.export_only and not (arguments.date and re.fullmatch(r"\d{4}-\d\d-\d\d", arguments.date)):
        parser.error("--date is needed to run ours over the same day: --date 2024-08-08")
    if not arguments.export_only:
        try:
            import hftbacktest  # noqa: F401
        except ImportError:
            print(HOW, file=sys.stderr)
            return 2
    path = arguments.out or f"compare-{os.getpid()}.npz"
    rows, levels = export(sys.stdin, path)
    print(f"{path}: {rows} rows, {levels} of them levels")
    if arguments.export_only:
        return 0
    theirs = run_theirs(path, arguments)
    ours, updates = run_ours(arguments)
    print(f"hftbacktest  {levels / theirs / 1e6:7.2f} million level rows a CPU second ({theirs:.2f} s, the array in memory)")
    print(f"this program {updates / ours / 1e6:7.2f} million level rows a CPU second ({ours:.2f} s, reading and starting included)")
    if not arguments.out:
        os.remove(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
