"""How long it takes from a message on the queue to a change that is recorded, with its author.

    cargo build --release
    tests/estate/venv
    .venv/bin/python benches/daemon/latency.py [--changes N] [--rate R] [--binaries DIR]

Changes come at random, R a second on average, in ten accounts, and each is told by a message:
plainly, twice, out of order, denied, by CloudFormation, through a chain of roles, and late (by
15 minutes, of changes that a scan has seen by then). Fails where one is not recorded, or not
attributed to who made it, where a denied call is, or where the median is no promise kept.
"""

import argparse
import datetime
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from rig import Rig, until

ACCOUNTS = [f"1000000000{number:02}" for number in range(10)]
SETTINGS = """
[daemon]
interval = "1w"
[daemon.events]
queue = "https://sqs.us-east-1.amazonaws.com/123456789012/secmonkey-events"
"""
# The median, in seconds.
PROMISED = 2.0
KINDS = ("plain", "twice", "out of order", "denied", "CloudFormation", "chain")
# So many of the changes are told late.
LATE = 30


class Told:
    """A message, and what has to come of it."""

    def __init__(self, kind, record, group):
        self.kind, self.record, self.group = kind, record, group
        self.at = None

    @property
    def event(self):
        return self.record["eventID"]


class Estate:
    """Groups that change, and what is told of them."""

    def __init__(self, seed):
        from life import PEOPLE, Groups
        from trail import Queue, record, session

        self.record, self.session = record, session
        self.chance, self.queue = random.Random(seed), Queue()
        self.everybody = [Groups(account, spare=0) for account in ACCOUNTS]
        self.people, self.told, self.keys = PEOPLE, [], 0

    def put(self, told, times=1):
        for _ in range(times):
            self.queue.put(told.record)
        told.at = time.time()
        self.told.append(told)

    def change(self, kind, key=None, **more):
        """A change of some account, and the message of it."""
        groups = self.chance.choice(self.everybody)
        person = self.chance.choice(self.people)
        who = self.session(groups.account, person, key=key)
        step = groups.open if self.chance.random() < 0.7 else groups.create
        if len(groups.opened) > 20:
            step = groups.shut
        done, record = step(who)
        record["userIdentity"] |= more
        return Told(kind, record, done["group"])

    def step(self, kind):
        """A change of a kind, and what is told of it; how many messages that were."""
        if kind == "twice":
            self.put(self.change(kind), times=2)
        elif kind == "out of order":
            both = self.change(kind), self.change(kind)
            for told in reversed(both):
                self.put(told)
            return 2
        elif kind == "denied":
            groups = self.chance.choice(self.everybody)
            group, _ = groups.door
            who, parameters = self.session(groups.account, "eve"), {"groupId": group}
            denied = {"errorCode": "AccessDenied"}
            record = self.record(groups.account, "DeleteSecurityGroup", parameters, who, **denied)
            self.put(Told(kind, record, group))
        elif kind == "CloudFormation":
            self.put(self.change(kind, invokedBy="cloudformation.amazonaws.com"))
        elif kind == "chain":
            self.keys += 1
            key, account = f"ASIACHAIN{self.keys}", ACCOUNTS[0]
            first = self.session(account, "dora", role="Entry")
            given = {"credentials": {"accessKeyId": key}}
            taken = self.record(
                account, "AssumeRole", {}, first, answer=given, service="sts", readOnly=True
            )
            self.queue.put(taken)
            self.put(self.change(kind, key=key))
        else:
            self.put(self.change(kind))
        return 1


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def attributed(log):
    """When each call was first attributed, and how it stands there."""
    found = {}
    for event in log:
        if event["event"]["type"] == "change_attributed":
            for call in event["event"]["calls"]:
                found.setdefault(call["event_id"], (seconds(event["recorded_at"]), call))
    return found


def judge(estate, log):
    """Prints how long it took; what is broken."""
    found, broken, took = attributed(log), [], {}
    for told in estate.told:
        if told.kind == "denied":
            if told.event in found:
                broken.append(f"a denied call changed {told.group}")
            continue
        if told.event not in found:
            broken.append(f"{told.kind}: nobody changed {told.group} ({told.event})")
            continue
        at, call = found[told.event]
        took.setdefault(told.kind, []).append(at - told.at)
        if told.kind == "CloudFormation" and call.get("via") != "CloudFormation":
            broken.append(f"not through CloudFormation: {call}")
        if told.kind == "chain" and not any("dora" in one for one in call.get("chain", ())):
            broken.append(f"without its chain: {call}")
    print(f"{'':<16}{'changes':>8}{'median':>9}{'p99':>9}{'most':>9}")
    everything = [one for all in took.values() for one in all]
    for kind, all in [*sorted(took.items()), ("all of them", everything)]:
        all = sorted(all)
        p99 = all[min(len(all) - 1, round(0.99 * (len(all) - 1)))]
        median = statistics.median(all)
        print(f"{kind:<16}{len(all):>8}{median:>8.2f}s{p99:>8.2f}s{all[-1]:>8.2f}s")
    if statistics.median(everything) > PROMISED:
        broken.append(f"a median of {statistics.median(everything):.2f} s, of {PROMISED}")
    return broken


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--changes", type=int, default=360)
    parser.add_argument("--rate", type=float, default=0.4, help="changes a second")
    parser.add_argument("--late", type=float, default=15, help="minutes")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--binaries", default=Path(__file__).parents[2] / "target/release")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Rig(folder, asked.binaries, ACCOUNTS, {"security_group"}) as rig:
            rig.configure(SETTINGS)
            estate = Estate(asked.seed)
            rig.start()
            # Nobody tells of these before it is late, and a scan has seen them.
            late = [estate.change("late") for _ in range(LATE)]
            due = time.time() + 60 * asked.late
            rig.secmonkey("scan")
            count = 0
            while count < asked.changes:
                time.sleep(estate.chance.expovariate(asked.rate))
                count += estate.step(estate.chance.choice(KINDS))
            time.sleep(max(0, due - time.time()))
            for told in late:
                estate.put(told)
                time.sleep(estate.chance.expovariate(asked.rate))
            until(lambda: estate.queue.waiting() == 0, "all messages are taken")
            broken = judge(estate, rig.log())
            broken += [promise for promise, is_broken in rig.end().items() if is_broken]
    if broken:
        sys.exit("promised otherwise: " + "; ".join(broken[:10]))


if __name__ == "__main__":
    main()
