#!/usr/bin/env python3
"""What a test run showed of the event stores, from its trx files, as Markdown.

    store-figures.py suite TRX...     the contract's suite: each case against each store; --stand-in=NAME before the files
                                      marks a store that was not itself there
    store-figures.py crashes TRX...   what the crash tests counted

`./build.sh` leaves the trx files in artifacts/test-results; MM_CASES=75 makes the crash tests kill as often each:

    MM_CASES=75 dotnet test tests/Tests -c Release --filter FullyQualifiedName~JournalCrashTests --logger trx --results-directory DIR
    tools/store-figures.py crashes DIR/*.trx

The commit is the one that is checked out now. Cases that failed or did not run stand in the table as such; a
store that no test of the run opened is not in it. Standard library only. Exit codes: 0, 1 nothing found, 2 usage.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

SPACE = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
CONTRACT = Path(__file__).resolve().parents[1] / "tests" / "Tests" / "Stores" / "Contract"


def results(paths):
    """Class, method, outcome and output of every test that ran or was skipped."""
    for path in paths:
        root = xml.parse(path).getroot()
        methods = {}
        for test in root.iter(SPACE + "UnitTest"):
            method = test.find(SPACE + "TestMethod")
            methods[test.get("id")] = (method.get("className").rsplit(".", 1)[-1], re.sub(r"\(.*", "", method.get("name")).rsplit(".", 1)[-1])
        for result in root.iter(SPACE + "UnitTestResult"):
            output = result.findtext(f"{SPACE}Output/{SPACE}StdOut") or ""
            yield *methods[result.get("testId")], result.get("outcome"), output


def run_of(paths):
    starts = [xml.parse(path).getroot().find(SPACE + "Times").get("start") for path in paths]
    return min(starts)[:10]


def commit():
    root = Path(__file__).resolve().parents[1]
    try:
        head = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        changed = subprocess.run(["git", "-C", root, "status", "--porcelain", "src", "tests"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "of which the commit is not known"
    return f"at commit {head}" + (" with changes" if changed else "")


def contract_cases():
    cases = []
    for path in sorted(CONTRACT.glob("EventStoreContract*.cs")):
        text = path.read_text(encoding="utf-8")
        cases += re.findall(r"\[(?:Fact|Theory)[^\n]*\n(?:\s*\[[^\n]*\n)*\s*public (?:async )?Task (\w+)\(", text)
    return cases


def cell(outcomes):
    if not outcomes:
        return "–"
    passed = outcomes.count("Passed")
    if passed == len(outcomes):
        return "✓" if passed == 1 else f"✓ {passed}"
    failed = outcomes.count("Failed")
    return f"✗ {failed} of {len(outcomes)}" if failed else "skipped"


def suite(paths):
    stand_ins = [path.split("=", 1)[1] for path in paths if path.startswith("--stand-in=")]
    paths = [path for path in paths if not path.startswith("--")]
    cases = contract_cases()
    found = {}
    for store, case, outcome, _ in results(paths):
        if case in cases:
            found.setdefault(store, {}).setdefault(case, []).append(outcome)
    # A class of its own may have a test of the same name: a store runs most of the suite or none of it.
    found = {store: tests for store, tests in found.items() if len(tests) > len(cases) // 2}
    if not found:
        return None
    stores = sorted(found)
    names = [re.sub(r"(Store)?Tests$", "", store) for store in stores]
    names = [f"{name} (on a stand-in)" if name in stand_ins else name for name in names]
    lines = [
        "# The contract's suite",
        "",
        f"Each case of `tests/Tests/Stores/Contract/EventStoreContract*.cs` against each store, by `tools/store-figures.py suite` from the",
        f"test run of {run_of(paths)}, {commit()}. ✓ passed, with the number of its variants; ✗ failed; – not run. A store that is not a column was not run.",
        "",
        "| case | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for case in cases:
        lines.append(f"| {case.replace('_', ' ')} | " + " | ".join(cell(found[store].get(case)) for store in stores) + " |")
    totals = [[outcome for tests in found[store].values() for outcome in tests] for store in stores]
    lines.append("| **passed of run** | " + " | ".join(f"**{t.count('Passed')} of {len(t)}**" for t in totals) + " |")
    return "\n".join(lines) + "\n"


def crashes(paths):
    lines, kills = [], 0
    for store, case, outcome, output in results(paths):
        if store == "JournalCrashTests":
            text = " ".join(output.split()) or "–"
            kills += sum(int(n) for n in re.findall(r"(\d+) kills", text))
            lines.append(f"| {case.replace('_', ' ')} | {'passed' if outcome == 'Passed' else outcome.upper()} | {text} |")
    if not lines:
        return None
    head = [
        "# Crashes of the embedded journal",
        "",
        f"`tests/Tests/Stores/Journal/JournalCrashTests.cs` on {run_of(paths)}, {commit()}, by `tools/store-figures.py crashes`",
        f"(the command stands in it): real processes, {kills} times killed with SIGKILL at random moments while they append (or write,",
        "seal, publish and compact whole streams), and disks that fill up.",
        "After each kill: what was acknowledged is read back and compared (the last 100,000 events; the whole stream after the last kill),",
        "nothing of a half-written batch is, the verifier finds a torn tail exactly where the reader did and no damage; the next process goes",
        "on behind it. A kill leaves the operating system's memory as it is, and seldom meets a half-written batch: flushes are shown by",
        "`PowerCutTests` (the power is cut after each, and each left out in turn is noticed), torn batches by `TornTailTests` (cut at every offset).",
        "",
        "| test | outcome | what it counted |",
        "|---|---|---|",
    ]
    return "\n".join(head + sorted(lines)) + "\n"


def main():
    modes = {"suite": suite, "crashes": crashes}
    if len(sys.argv) < 3 or sys.argv[1] not in modes:
        print(__doc__, file=sys.stderr)
        return 2
    text = modes[sys.argv[1]](sys.argv[2:])
    if text is None:
        print("store-figures.py: these results hold no such tests", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
