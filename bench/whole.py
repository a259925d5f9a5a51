#!/usr/bin/env python3
"""Whole processes: seconds, CPU seconds and most memory of mm, its start included, beside the floor.

  bench/whole.py day STORE ARCHIVE     the tiled day from journal and archive, the sweep, NEXOUSDT's day, and what its start costs
  bench/whole.py days STORE            memory over 1, 5, 10, 20 tiled days, as many as STORE has, with one thread and with two

--mm PROGRAM names another mm (with its first arguments, if it has any); given twice, the programs take turns, which is the one way to
compare them on a machine that others use. --rounds N repeats (3; days: 1). --only PART runs the rows whose names contain it.
bench/README.md says how the days are made.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOOK = os.path.join(ROOT, "artifacts", "bin", "EventSourcedMM.Stages.Bench", "release", "EventSourcedMM.Stages.Bench.dll")
PLAIN = ("--symbol BTCUSDT --k 0.1521 --a 0.3207 --max-inventory 0.05 --inventory-threshold 0.025"
         " --stop-loss 1000000 --max-drawdown 1000000").split()
QUOTING = PLAIN + ["--gamma", "0.339", "--order-size", "0.005"]
NEXO = "backtest --symbol NEXOUSDT --date 2024-07-24 --zone Asia/Taipei".split()


def measure(command, environment=None):
    """(wall seconds, CPU seconds, most MB resident, what it said on standard error) of one process."""
    with tempfile.TemporaryFile() as said:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, **(environment or {})})
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if process.returncode != 0:
        print(f"whole.py: {' '.join(command)} ended with {process.returncode}:\n{text}", file=sys.stderr)
        sys.exit(1)
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20), text


def rows_of_day(store, archive):
    """(name, arguments, pinned to one core, whether it is mm) of each row; a run's own place is added where it has one."""
    journal = ["backtest", *QUOTING, "--date", "2024-08-08", "--store", store, "--recording", "tiled"]
    parquet = ["backtest", *QUOTING, "--data", archive]
    sets = ["--set", "gamma=0.1,0.2,0.339,0.5,0.7,0.9,1.2,1.5", "--set", "order-size=0.005,0.01"]
    files = [os.path.join(folder, f) for folder, _, names in os.walk(archive) for f in names]
    return [
        ("floor: the archive's bytes read", ["cat", *files], False, False),
        ("floor: the process and nothing else", ["--version"], False, True),
        ("day from Parquet, 1 thread on one core", [*parquet, "--threads", "1"], True, True),
        ("day from Parquet, 1 thread", [*parquet, "--threads", "1"], False, True),
        ("day from Parquet, 2 threads", [*parquet, "--threads", "2"], False, True),
        ("day from journal, 1 thread", [*journal, "--threads", "1"], False, True),
        ("day from journal, 2 threads", [*journal, "--threads", "2"], False, True),
        ("sweep of 16 sets, 2 threads", ["sweep", *PLAIN, "--date", "2024-08-08", "--store", store, "--recording", "tiled", *sets], False, True),
        ("NEXOUSDT's day", NEXO, False, True),
    ]


def day(arguments, place):
    chosen = [row for row in rows_of_day(arguments.store, arguments.archive) if arguments.only in row[0]]
    print("| whole process | wall s, least | median | CPU s, least | median | MB at most |\n|---|---|---|---|---|---|")
    for name, command, pinned, ours in chosen:
        programs = arguments.mm if ours else [[]]
        figures = [[] for _ in programs]
        for _ in range(arguments.rounds):
            for program, seen in zip(programs, figures):
                shutil.rmtree(place, ignore_errors=True)
                out = ["--out", place] if command[0] == "backtest" else []
                pin = ["taskset", "-c", "0"] if pinned and shutil.which("taskset") else []
                seen.append(measure(pin + program + command + out))
        for program, seen in zip(programs, figures):
            walls, processors = [f[0] for f in seen], [f[1] for f in seen]
            which = f" ({' '.join(program)})" if len(programs) > 1 else ""
            print(f"| {name}{which} | {min(walls):.3f} | {statistics.median(walls):.3f} | {min(processors):.3f} | {statistics.median(processors):.3f} | {max(f[2] for f in seen):.0f} |", flush=True)
    if any(row[0] == "NEXOUSDT's day" for row in chosen) and os.path.exists(HOOK):
        for program in arguments.mm:
            shutil.rmtree(place, ignore_errors=True)
            text = measure(program + NEXO + ["--out", place], {"DOTNET_STARTUP_HOOKS": HOOK})[3]
            for line in text.splitlines():
                if line.startswith("start: "):
                    print(f"NEXOUSDT's day ({' '.join(program)}), {line}")


def days(arguments, place):
    names = sorted(n for n in os.listdir(os.path.join(arguments.store, "market", "BTCUSDT")) if re.fullmatch(r"\d{4}-\d\d-\d\d", n))
    print("| days | threads | MB at most | CPU s | wall s |\n|---|---|---|---|---|")
    for threads in ("1", "2"):
        for count in sorted({1, *(n for n in (5, 10, 20) if n <= len(names))}):
            to = ["--to", names[count]] if count < len(names) else []
            for _ in range(arguments.rounds):
                for program in arguments.mm:
                    shutil.rmtree(place, ignore_errors=True)
                    wall, processor, most, _ = measure([*program, "backtest", *QUOTING, "--from", names[0], *to, "--recording", "tiled",
                                                        "--store", arguments.store, "--threads", threads, "--out", place, "--json"])
                    print(f"| {count} | {threads} | {most:.0f} | {processor:.1f} | {wall:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("day", "days"))
    parser.add_argument("store", help="store with the tiled day or days")
    parser.add_argument("archive", nargs="?", help="the day as mm archive wrote it")
    parser.add_argument("--mm", action="append", type=str.split, help="program to run, default ./mm")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    arguments.mm = arguments.mm or [[os.path.join(ROOT, "mm")]]
    arguments.rounds = arguments.rounds or (3 if arguments.what == "day" else 1)
    if arguments.what == "day" and not (arguments.archive and os.path.isdir(arguments.archive)):
        parser.error("ARCHIVE is the folder that mm archive wrote the day to")
    if not os.path.isdir(os.path.join(arguments.store, "market", "BTCUSDT")):
        parser.error(f"{arguments.store} holds no day of BTCUSDT: bench/README.md says how one is made")
    print(f"load at the start: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="whole-") as folder:
        {"day": day, "days": days}[arguments.what](arguments, os.path.join(folder, "runs"))
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


main()
