"""Whether a daemon stays as it is while everything changes around it.

    cargo build --release
    tests/estate/venv
    .venv/bin/python benches/daemon/soak.py [--minutes N] [--binaries DIR] [--csv FILE]

Every account is scanned each minute, which is the shortest interval, while its groups change, a
queue tells of most changes and two receivers take messages. Memory is judged where there are ten
minutes or more; handles and the record always are. Fails where a promise is broken.
"""

import argparse
import csv
import json
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from rig import Rig, until

ACCOUNTS = [f"1000000000{number:02}" for number in range(8)]
TECHNOLOGIES = {"security_group", "sqs_queue", "vpc", "subnet", "iam_role"}
# How much more memory there may be at the end than after the start.
GROWTH = 1.10
# Shorter soaks say nothing about memory.
JUDGED = 10
# The share of the time that is the start.
WARM_UP = 0.3
# How many groups and open ports an account has at most.
MOST = 15


class Sample(NamedTuple):
    """What a process holds."""

    seconds: float
    anonymous_mb: float
    resident_mb: float
    handles: int
    threads: int
    store_mb: float


def sample(began, pid, store):
    status = Path(f"/proc/{pid}/status").read_text()

    def read(name):
        return int(re.search(rf"^{name}:\s*(\d+)", status, re.MULTILINE)[1])

    size = 0
    for path in store.rglob("*"):
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            pass
    return Sample(
        time.monotonic() - began,
        read("RssAnon") / 1024,
        read("VmRSS") / 1024,
        len(os.listdir(f"/proc/{pid}/fd")),
        read("Threads"),
        size / 1e6,
    )


def live(stop, rate, counts):
    """Changes groups until it is stopped: their number stays about the same."""
    from life import PEOPLE, Groups
    from trail import Queue, session

    chance, queue = random.Random(11), Queue()
    everybody = [Groups(account, spare=5) for account in ACCOUNTS]
    counts["ready"] = True
    while not stop.wait(chance.expovariate(rate)):
        groups = chance.choice(everybody)
        step = chance.choice((groups.open, groups.shut, groups.create, groups.delete))
        if len(groups.opened) > MOST:
            step = groups.shut
        elif len(groups.spare) > MOST:
            step = groups.delete
        done, told = step(session(groups.account, chance.choice(PEOPLE)))
        if done["kind"] == "create":
            groups.spare.append((done["group"], done["name"]))
        counts["changes"] += 1
        # What is not told is seen by the next scan.
        for _ in range(chance.choice((0, 1, 1, 1, 2))):
            queue.put(told)


def settings(receivers):
    return f"""
[daemon]
interval = "1m"
[daemon.events]
queue = "https://sqs.us-east-1.amazonaws.com/123456789012/secmonkey-events"
[notify.mail]
kind = "smtp"
host = "localhost"
port = {receivers["smtp"]}
security = "none"
from = "secmonkey@example.org"
to = ["security@example.org"]
[notify.hook]
kind = "webhook"
url = "http://127.0.0.1:{receivers["http"]}/"
allow_private = true
secret = {{ command = ["/bin/echo", "a secret of the tests"] }}
"""


def soak(rig, minutes, rate):
    """Samples of the daemon while everything changes."""
    counts, stop = {"changes": 0, "ready": False}, threading.Event()
    living = threading.Thread(target=live, args=(stop, rate, counts), daemon=True)
    living.start()
    until(lambda: counts["ready"], "the groups")
    daemon = rig.start()
    samples, began = [], time.monotonic()
    every = min(5, 60 * minutes / 40)
    while time.monotonic() - began < 60 * minutes:
        time.sleep(every)
        if daemon.poll() is not None:
            sys.exit(f"the daemon ended with {daemon.returncode}: {rig.said[-2000:]}")
        if not living.is_alive():
            sys.exit("nothing changes any more")
        samples.append(sample(began, daemon.pid, rig.folder / "store"))
    stop.set()
    living.join()
    return samples, counts["changes"]


def judge(samples, minutes):
    """Prints what was sampled; what is promised, and whether it is broken."""
    end = samples[-1].seconds
    after = [one for one in samples if one.seconds >= WARM_UP * end]
    third = len(after) // 3
    early, late = after[:third], after[-third:]

    def median(some, what):
        return statistics.median(getattr(one, what) for one in some)

    print(f"{'':<14}{'early':>10}{'late':>10}{'most':>10}")
    for what in Sample._fields[1:]:
        most = max(getattr(one, what) for one in samples)
        print(f"{what:<14}{median(early, what):>10.1f}{median(late, what):>10.1f}{most:>10.1f}")
    memory = median(late, "anonymous_mb") / median(early, "anonymous_mb")
    print(f"memory, late against early: {memory:.3f}")
    # Connections come and go: one more than ever before is one that stayed.
    most = max(one.handles for one in samples if one.seconds < (1 + WARM_UP) / 2 * end)
    handles = median(late, "handles")
    return {
        f"memory grew to {memory:.2f} times, of {GROWTH}": minutes >= JUDGED and memory > GROWTH,
        f"handles grew to {handles}, where there were {most}": handles > most,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--rate", type=float, default=1.0, help="changes a second")
    parser.add_argument("--binaries", default=Path(__file__).parents[2] / "target/release")
    parser.add_argument("--csv", type=argparse.FileType("w"), help="where samples are written")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Rig(folder, asked.binaries, ACCOUNTS, TECHNOLOGIES) as rig:
            output = rig.beside("receivers.py")
            ports = json.loads(output.read_text().splitlines()[0])
            rig.configure(settings(ports))
            samples, changes = soak(rig, asked.minutes, asked.rate)
            broken = judge(samples, asked.minutes) | rig.end()
            log = rig.log()
            scans = sum(event["event"]["type"] == "scan_finished" for event in log)
            messages = len(output.read_text().splitlines()) - 1
            print(f"{changes} changes, {scans} scans and looks, {messages} messages, {len(log)} events")
            broken["nobody was told anything"] = messages == 0 and asked.minutes >= JUDGED
    if asked.csv:
        rows = csv.writer(asked.csv)
        rows.writerow(Sample._fields)
        rows.writerows(samples)
    promises = [promise for promise, is_broken in broken.items() if is_broken]
    if promises:
        sys.exit("promised otherwise: " + "; ".join(promises))


if __name__ == "__main__":
    main()
