"""Whether the REST API answers in time over a large estate, while that is scanned and while not.

    apt-get install wrk
    python3 benches/web/load.py [--rate R] [--lists R] [--seconds N] [--wrk N] [--store DIR]

A server over a store of 100,000 items and 500,000 revisions (`benches/benches/load.rs`) is asked
what people and programs ask. First by `wrk`, route by route, as fast as it answers. Then by a
client that sends a request when it is due, at random, R a second on average, whatever became of
those before it; each counts from when it was due. What goes over all issues or items is asked in
a pass of its own. Fails where an answer is wrong, or where the 99th percentile of a route is over
what is promised; the overview is a report, and only told.
"""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ITEMS, REVISIONS = 100_000, 5
# The 99th percentile, in milliseconds.
PROMISED = 50
REPORT = "overview"
TOTAL = "all of them"
CONNECTIONS = 4
LUA = """
local paths = {}
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
function request() return wrk.format("GET", paths[math.random(#paths)]) end
"""
TECHNOLOGIES = (
    "ebs_volume",
    "ec2_instance",
    "iam_role",
    "lambda_function",
    "network_interface",
    "s3_bucket",
    "security_group",
)
TEAMS = ("ledger", "kiosk", "telemetry", "imaging", "loyalty", "catalog", "pricing", "fraud")


def build():
    """Builds the server; returns where it is."""
    command = ["cargo", "build", "--release", "--message-format", "json"]
    command += ["--package", "secmonkey-benches", "--bench", "load"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        sys.exit("it is not built")
    said = (json.loads(line) for line in built.stdout.splitlines())
    return next(one["executable"] for one in said if one.get("executable"))


class Server:
    """A server over a store. Ends with its block."""

    def __init__(self, program, store):
        command = [program, "serve", store, str(ITEMS), str(REVISIONS)]
        pipe = subprocess.PIPE
        self.child = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.program = program
        began = time.monotonic()
        told = self.hear()
        self.address, self.token = told["address"], told["token"]
        took, first = time.monotonic() - began, told["first"]
        print(f"ready after {took:.0f} s, with a scan of {first['items']} items", end=" ")
        print(f"({first['new']} new, {first['changed']} changed)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def hear(self):
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"the server ended with {self.child.wait()}")
        return json.loads(line)

    def tell(self, word):
        print(word, file=self.child.stdin, flush=True)

    @contextlib.contextmanager
    def scanning(self):
        """Scans while its block runs, and prints what came of it."""
        self.tell("scan")
        yield
        self.tell("rest")
        came = self.hear()
        rate = came["items"] / came["seconds"]
        print(f"scans meanwhile: {came['scans']} of an account,", end=" ")
        print(f"{came['items']} items ({rate:.0f}/s), {came['changed']} changed\n")

    def memory(self):
        """What no file backs, in MB."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"^RssAnon:\s*(\d+)", status, re.MULTILINE)[1]) / 1024

    def spent(self):
        """Seconds of CPU, and of waiting for one, of all threads."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        waited = {}
        for thread in Path(f"/proc/{self.child.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                waited[thread.name] = int((thread / "schedstat").read_text().split()[1]) / 1e9
        return cpu, waited

    def get(self, path):
        request = urllib.request.Request(f"http://{self.address}{path}")
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def found(place, query, **more):
    """The path of a search."""
    return f"/api/v1/{place}?" + urllib.parse.urlencode({"q": query, **more})


def routes(server, chance):
    """What is asked, by what it is called: some paths of each. First what costs what it answers,
    then what goes over all issues, or much of the index."""
    keys = []
    for technology in TECHNOLOGIES:
        items = server.get(found("items", f"technology:{technology}", limit=1000))
        keys += [one["key"] for one in chance.sample(items, min(200, len(items)))]
    issues = [one["id"] for one in server.get(found("issues", "", limit=1000))]
    accounts = [one["id"] for one in server.get("/api/v1/accounts")]
    numbers = [chance.randrange(ITEMS) for _ in range(300)]
    ids = [key.split("/", 3)[3] for key in keys]

    def items(query):
        return [found("items", query(number)) for number in numbers]

    def of_items(rest):
        return [f"/api/v1/items/{urllib.parse.quote(key, safe='')}{rest}" for key in keys]

    def account(number):
        return accounts[number % len(accounts)]

    def team(number):
        return TEAMS[number % len(TEAMS)]

    def address(number):
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    usual = {
        "items": ["/api/v1/items"],
        "items, an id": [found("items", one) for one in ids],
        "items, part of an address": items(lambda n: address(n)[: address(n).rindex(".") + 2]),
        "items, account, technology, tag": items(
            lambda n: f"account:{account(n)} technology:security_group tag:env=dev region:eu-*"
        ),
        "items, cidr:": items(lambda n: f"cidr:{address(n)}/24 technology:network_interface"),
        "items, path:": items(lambda n: f"path:/Encrypted=false account:{account(n)}"),
        "items, name: with a star": items(lambda n: f"name:{team(n)}-prod-{n % 1000}*"),
        "items, nothing": items(lambda n: f"nothing-{n}"),
        "an item": of_items(""),
        "its revisions": of_items("/revisions"),
        "its issues": of_items("/issues"),
        "issues, by id": [found("issues", "", sort="id")],
        "accounts": ["/api/v1/accounts"],
        "account states": ["/api/v1/account-states"],
    }
    large = {
        "items, a tag of an eighth": items(lambda n: f"tag:team={team(n)}"),
        "issues, the worst": [found("issues", "")],
        "issues, the worst of an account": [found("issues", f"account:{one}") for one in accounts],
        "an issue": [f"/api/v1/issues/{one}" for one in issues],
        REPORT: ["/api/v1/overview"],
    }
    return usual, large


def as_fast_as_it_answers(server, routes, seconds, folder):
    """Has wrk ask route by route, and prints what it says."""
    (folder / "paths.lua").write_text(LUA)
    head = f"{f'wrk, {CONNECTIONS} connections':<34}{'/s':>8}{'p50':>10}{'p99':>10}{'max':>10}"
    print(head + f"{'CPU, all threads':>20}")
    broken = []
    for name, paths in routes.items():
        (folder / "paths").write_text("\n".join(paths) + "\n")
        command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency"]
        command += ["-H", f"Authorization: Bearer {server.token}", "--timeout", "30s"]
        command += ["-s", folder / "paths.lua", f"http://{server.address}"]
        environment = os.environ | {"PATHS": str(folder / "paths")}
        before = server.spent()[0]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said, cpu = done.stdout, server.spent()[0] - before
        count = int(re.search(r"(\d+) requests in", said)[1])
        rate = float(re.search(r"Requests/sec:\s*([\d.]+)", said)[1])
        p50, p99 = (re.search(rf"^\s*{share}%\s*(\S+)", said, re.M)[1] for share in (50, 99))
        most = re.search(r"^\s*Latency\s+\S+\s+\S+\s+(\S+)", said, re.M)[1]
        each = f"{1000 * cpu / count:.2f} ms each" if count else ""
        print(f"{name:<34}{rate:>8.1f}{p50:>10}{p99:>10}{most:>10}{each:>20}", flush=True)
        if "Non-2xx" in said or "Socket errors" in said:
            broken.append(f"{name}: {said}")
    return broken


def percentile(values, share):
    return values[min(len(values) - 1, round(share * (len(values) - 1)))]


def when_due(server, routes, rate, seconds, chance):
    """Asks whatever is due, and prints how long that took; what is broken."""
    asked, due = [], 0.0
    while (due := due + chance.expovariate(rate)) < seconds:
        name = chance.choice(list(routes))
        asked.append((due, name, chance.choice(routes[name])))
    schedule = "".join(f"{due * 1e6:.0f} {path}\n" for due, _, path in asked)
    (cpu, waited), began = server.spent(), time.monotonic()
    client = subprocess.run(
        [server.program, "ask", server.address, server.token],
        input=schedule, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    took = time.monotonic() - began
    cpu_after, waited_after = server.spent()
    answers, broken = {}, []
    for (_, name, path), line in zip(asked, client.stdout.splitlines(), strict=True):
        status, latency, of_server, _ = line.split()
        answers.setdefault(name, []).append((float(latency), float(of_server)))
        if status != "200":
            broken.append(f"{path} is answered with {status}")
    print(f"{f'when due, {rate:g} a second':<34}{'asked':>8}{'p50':>9}{'p99':>9}{'max':>9}", end="")
    print(f"{'server p50':>12}{'p99':>9}{'max':>9}  ms")
    everything = [one for all in answers.values() for one in all]
    rows = [(name, answers[name]) for name in routes if name in answers]
    for name, all in [*rows, (TOTAL, everything)]:
        row = f"{name:<34}{len(all):>8}"
        latency, of_server = (sorted(column) for column in zip(*all, strict=True))
        for width, column in ((9, latency), (12, of_server)):
            p50, p99 = percentile(column, 0.5), percentile(column, 0.99)
            row += f"{p50:>{width}.1f}{p99:>9.1f}{column[-1]:>9.1f}"
        print(row)
        p99 = percentile(latency, 0.99)
        if p99 > PROMISED and name not in (REPORT, TOTAL):
            broken.append(f"{name}: a p99 of {p99:.0f} ms, of {PROMISED}")
    share = (cpu_after - cpu) / took
    waiting = sum(since - waited.get(thread, 0) for thread, since in waited_after.items()) / took
    print(f"the server: {100 * share:.0f} % of a core,", end=" ")
    print(f"its threads waited for one for {1000 * waiting:.0f} ms a second\n")
    return broken


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--lists", type=float, default=1, help="large lists a second")
    parser.add_argument("--seconds", type=float, default=60, help="of each pass of the client")
    parser.add_argument("--wrk", type=int, default=5, help="seconds of each route")
    parser.add_argument("--store", help="made where it is not there, and kept")
    parser.add_argument("--program", help="the server; built where none is named")
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    program, chance, broken = asked.program or build(), random.Random(asked.seed), []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        with Server(program, asked.store or folder / "store") as server:
            usual, large = routes(server, chance)

            def measure():
                before = server.memory()
                if asked.wrk:
                    broken.extend(as_fast_as_it_answers(server, usual | large, asked.wrk, folder))
                between = server.memory()
                for some, rate in ((usual, asked.rate), (large, asked.lists)):
                    broken.extend(when_due(server, some, rate, asked.seconds, chance))
                print(f"memory: {before:.0f} MB before, {between:.0f} MB after wrk,", end=" ")
                print(f"{server.memory():.0f} MB at the end")

            print("\nwhile nothing is scanned\n")
            measure()
            print("\nwhile it is scanned\n")
            with server.scanning():
                measure()
    if broken:
        sys.exit("promised otherwise: " + "; ".join(broken[:20]))


if __name__ == "__main__":
    main()
