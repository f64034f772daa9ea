"""What a scan costs in calls and in CPU, against boto3 making the same calls.

    cargo build --release
    tests/estate/venv
    .venv/bin/python benches/scan/run.py [path of the binary]
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benches/scan"
ESTATE = ROOT / "tests/estate"
ROUNDS = 3
PROMISED = 0.75  # ms of CPU a call


def moto(log):
    """Starts a server on a free port; returns it with its endpoint."""
    command = [sys.executable, ESTATE / "server.py", "-H", "127.0.0.1", "-p", "0"]
    server = subprocess.Popen(command, stdout=log, stderr=log)
    for _ in range(600):
        time.sleep(0.1)
        found = re.search(r"Running on (http://\S+)", Path(log.name).read_text())
        if found:
            return server, found[1]
        if server.poll() is not None:
            break
    server.kill()
    sys.exit(f"moto does not start: {Path(log.name).read_text()}")


def measured(command, environment):
    """Runs a command; returns its output, its CPU seconds and its wall clock."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command[0]} ended with {process.returncode}")
        output.seek(0)
        said = output.read()
    return said, used.ru_utime + used.ru_stime, time.monotonic() - began


def main():
    binary = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/secmonkey")
    if not binary.exists():
        sys.exit(f"{binary} is missing: run cargo build --release")
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
            subprocess.run([sys.executable, HERE / "estate.py"], env=environment, check=True)
            compare(binary, environment, Path(folder))
        finally:
            server.kill()
            server.wait()


def compare(binary, environment, folder):
    from estate import REGIONS

    scans, scripts = [], []
    for number in range(ROUNDS):
        run = {**environment, "SECMONKEY_STORE": str(folder / f"store-{number}")}
        add = ["account", "add", "--id", "123456789012", "--name", "bench"]
        for region in REGIONS:
            add += ["--region", region]
        subprocess.run([binary, *add], env=run, check=True, stdout=subprocess.DEVNULL)
        said, cpu, wall = measured([binary, "--format", "json", "scan"], run)
        told = json.loads(said)
        scans.append((1000 * cpu / told["api_calls"], told["api_calls"], cpu, wall))
        items = told["items"]["seen"]

        said, cpu, wall = measured([sys.executable, HERE / "list.py"], environment)
        scripts.append((1000 * cpu / int(said), int(said), cpu, wall))

    print(f"{items} items in {len(REGIONS)} regions, median of {ROUNDS}")
    for name, runs in (("secmonkey", scans), ("boto3", scripts)):
        each, calls, cpu, wall = sorted(runs)[ROUNDS // 2]
        print(f"  {name:<10} {calls:>5} calls {cpu:>6.2f} CPU-s {each:>6.2f} ms a call"
              f" {wall:>6.1f} s")
    each = sorted(scans)[ROUNDS // 2][0]
    ratio = sorted(scripts)[ROUNDS // 2][0] / each
    print(f"  boto3 takes {ratio:.1f} times the CPU (promised: {PROMISED} ms a call)")
    if each > PROMISED:
        sys.exit("a call of a scan takes more CPU than promised")


if __name__ == "__main__":
    sys.path[:0] = [str(ESTATE), str(HERE)]
    main()
