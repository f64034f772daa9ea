"""What a scan costs in calls, CPU and memory, against a plain boto3 script, on one moto.

    cargo build --release
    tests/estate/venv
    .venv/bin/python benches/scan/run.py [--size N] [--unoptimised] [path of the binary]

An account of about N times 1,500 resources. Fails where a promise is broken; the CPU of a
binary that is not optimised is not judged.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benches/scan"
ESTATE = ROOT / "tests/estate"
MS_A_CALL = 0.75
# MB that no file backs, by size. For others nothing is promised.
MEMORY = {1: 100, 5: 150}
# Operations that moto lacks, for both.
LACKING = {"lambda:ListFunctionUrlConfigs"}


class Run(NamedTuple):
    """What a process took."""

    calls: int
    cpu: float
    wall: float
    anonymous: int
    resident: int

    @property
    def each(self):
        return 1000 * self.cpu / self.calls


def moto(log):
    """Starts a server on a free port; returns it with its endpoint."""
    command = [sys.executable, ESTATE / "server.py", "-H", "127.0.0.1", "-p", "0"]
    # Else it issues certificates after a minute, and something would have changed.
    environment = {**os.environ, "MOTO_ACM_VALIDATION_WAIT": "0"}
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    for _ in range(600):
        time.sleep(0.1)
        found = re.search(r"Running on (http://\S+)", Path(log.name).read_text())
        if found:
            return server, found[1]
        if server.poll() is not None:
            break
    server.kill()
    sys.exit(f"moto does not start: {Path(log.name).read_text()}")


def measured(command, environment, calls, codes=(0,)):
    """Runs a command; returns what it says as JSON, and what it took."""
    began = time.monotonic()
    peak = 0
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output)
        while True:
            # Read before it is waited for: afterwards the number may be another's.
            peak = max(peak, anonymous(process.pid))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(0.005)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            sys.exit(f"{command[0]} ended with {process.returncode}")
        output.seek(0)
        said = json.load(output)
    cpu = used.ru_utime + used.ru_stime
    return said, Run(calls(said), cpu, wall, peak, 1024 * used.ru_maxrss)


def anonymous(pid):
    """The bytes of memory that no file backs: what is mapped of the binary is not its own."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^RssAnon:\s*(\d+) kB$", status, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def scan(binary, environment):
    """Scans; returns what the scan tells, and what it took."""
    # 3: something could not be read, which `failed_sweeps` names.
    command = [binary, "--format", "json", "scan"]
    told, run = measured(command, environment, lambda told: told["api_calls"], codes=(0, 3))
    failed = [one for one in told["failed_sweeps"] if one.get("operation") not in LACKING]
    if failed:
        sys.exit(f"the scan did not read everything: {json.dumps(failed[:5], indent=2)}")
    return told, run


def lines(binary, environment, command):
    told = subprocess.run(
        [binary, "--format", "jsonl", command], env=environment, check=True, capture_output=True
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def item_events(binary, environment):
    events = lines(binary, environment, "log")
    return sum(event["event"]["type"].startswith("item_") for event in events)


def show(name, runs):
    """Prints the median of some runs, and returns it."""
    run = sorted(runs, key=lambda run: run.each)[len(runs) // 2]
    print(
        f"  {name:<10} {run.calls:>6} calls {run.cpu:>7.2f} CPU-s {run.each:>5.2f} ms a call"
        f" {run.wall:>6.1f} s {run.anonymous / 1e6:>6.1f} MB of its own"
        f" {run.resident / 1e6:>6.1f} MB in all"
    )
    return run


def compare(binary, environment, folder, size, judges_cpu):
    """Scans and lists in turns, and scans once more; returns the promises that are broken."""
    from estate import REGIONS

    # Many calls tell as much as many rounds.
    rounds = 3 if size == 1 else 1
    scans, scripts = [], []
    for number in range(rounds):
        ours = {**environment, "SECMONKEY_STORE": str(folder / f"store-{number}")}
        add = ["account", "add", "--id", "123456789012", "--name", "bench"]
        for region in REGIONS:
            add += ["--region", region]
        subprocess.run([binary, *add], env=ours, check=True, stdout=subprocess.DEVNULL)
        told, run = scan(binary, ours)
        scans.append(run)
        scripts.append(measured([sys.executable, HERE / "list.py"], environment, int)[1])
    technologies = {item["technology"] for item in lines(binary, ours, "items")}
    before = item_events(binary, ours)
    again, unchanged = scan(binary, ours)
    gained = item_events(binary, ours) - before
    differing = sum(again["items"][how] for how in ("created", "changed", "deleted"))

    print(
        f"{told['items']['seen']} items of {len(technologies)} technologies in"
        f" {len(REGIONS)} regions, median of {rounds}"
    )
    ours, theirs = show("scan", scans), show("boto3", scripts)
    show("unchanged", [unchanged])
    print(f"  boto3 takes {theirs.each / ours.each:.1f} times the CPU a call")
    print(f"  the unchanged scan: {differing} items differ, {gained} item events")

    fewest, most = min(run.calls for run in scripts), max(run.calls for run in scans)
    peak = max(run.anonymous for run in (*scans, unchanged))
    broken = {
        f"{most} calls, where boto3 makes {fewest}": most >= fewest,
        f"{ours.each:.2f} ms of CPU a call, of {MS_A_CALL}": (
            judges_cpu and ours.each > MS_A_CALL
        ),
        f"{peak / 1e6:.0f} MB of memory, of {MEMORY.get(size)}": (
            # None at all was never looked at.
            peak == 0 or peak > 1e6 * MEMORY.get(size, peak)
        ),
        f"{gained} item events and {differing} items that differ, where nothing did": (
            gained != 0 or differing != 0
        ),
    }
    return [promise for promise, is_broken in broken.items() if is_broken]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=1)
    parser.add_argument("--unoptimised", action="store_true")
    release = ROOT / "target/release/secmonkey"
    parser.add_argument("binary", type=Path, nargs="?", default=release)
    asked = parser.parse_args()
    if not asked.binary.exists():
        sys.exit(f"{asked.binary} is missing: run cargo build --release")
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "moto.log", "w") as log:
        server, endpoint = moto(log)
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_REGION": "us-east-1",
            "HOME": folder,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ESTATE),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            build = [sys.executable, HERE / "estate.py", str(asked.size)]
            subprocess.run(build, env=environment, check=True)
            broken = compare(
                asked.binary, environment, Path(folder), asked.size, not asked.unoptimised
            )
        finally:
            server.kill()
            server.wait()
    if broken:
        sys.exit("promised otherwise: " + "; ".join(broken))


if __name__ == "__main__":
    sys.path[:0] = [str(ESTATE), str(HERE)]
    main()
