"""What people do to the security groups of some accounts on moto, told by CloudTrail.

    life.py ACCOUNT...

Makes a few groups in each account, then does what it reads, a line of JSON each:
`{"account": "...", "changes": 5}`. Says what it did, a line of JSON for each change, and
`{"done": true}` after the last of a line. CloudTrail tells of most changes: of some twice, in
any order.
"""

import itertools
import json
import random
import sys

import boto3
from company import HOME, client
from trail import Queue, record, session

# moto takes no more than 60 rules of a group.
RULES = 40
PEOPLE = ("alice", "bob", "carol")


def entered(account, service="ec2", region=HOME):
    """A client of an account, by the role that is usual."""
    role = f"arn:aws:iam::{account}:role/SecurityMonkey"
    sts = client("sts")
    given = sts.assume_role(RoleArn=role, RoleSessionName="life")["Credentials"]
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=sts.meta.endpoint_url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def rule(port):
    everybody = [{"CidrIp": "0.0.0.0/0"}]
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": everybody}


class Groups:
    """The security groups of an account."""

    def __init__(self, account, spare):
        self.account = account
        self.ec2 = entered(account)
        # What an account makes is called as nothing in another is.
        self.short = account[-2:]
        self.numbers = itertools.count()
        self.first_port = 10_000 + 500 * int(self.short)
        self.opened_ever = itertools.count()
        self.spare = [self.make("spare") for _ in range(spare)]
        self.door = self.make("door")
        self.opened = []

    def make(self, kind):
        name = f"{kind}-{self.short}-{next(self.numbers):04}"
        made = self.ec2.create_security_group(GroupName=name, Description=kind)
        return made["GroupId"], name

    def create(self, who):
        """A new group; returns what was done, with its record."""
        group, name = self.make("new")
        parameters = {"groupName": name, "groupDescription": "new"}
        told = record(
            self.account, "CreateSecurityGroup", parameters, who, answer={"groupId": group}
        )
        return {"kind": "create", "group": group, "name": name}, told

    def open(self, who):
        """A port for everybody."""
        number = next(self.opened_ever)
        # Ports beside each other would be told as one range.
        port = self.first_port + 2 * number
        if number % RULES == RULES - 1:
            self.door = self.make("door")
        group, name = self.door
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule(port)])
        self.opened.append((group, name, port))
        told = record(self.account, "AuthorizeSecurityGroupIngress", {"groupId": group}, who)
        return {"kind": "open", "group": group, "name": name, "port": port}, told

    def shut(self, who):
        """The port that has been open for longest."""
        if not self.opened:
            return self.open(who)
        group, name, port = self.opened.pop(0)
        self.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule(port)])
        told = record(self.account, "RevokeSecurityGroupIngress", {"groupId": group}, who)
        return {"kind": "shut", "group": group, "name": name, "port": port}, told

    def delete(self, who):
        """A group less, of those that were there from the start."""
        if not self.spare:
            return self.create(who)
        group, name = self.spare.pop()
        self.ec2.delete_security_group(GroupId=group)
        told = record(self.account, "DeleteSecurityGroup", {"groupId": group}, who)
        return {"kind": "delete", "group": group, "name": name}, told


def say(what):
    print(json.dumps(what), flush=True)


def burst(groups, changes, queue, chance):
    """Some changes, and what CloudTrail tells of them."""
    records = []
    for _ in range(changes):
        who = session(groups.account, chance.choice(PEOPLE))
        step = chance.choice((groups.open, groups.open, groups.create, groups.delete))
        done, told = step(who)
        is_told = chance.random() < 0.8
        if is_told:
            records += [told] * chance.choice((1, 1, 2))
        # What was done is said before it is told: somebody may be killed by then.
        say({"account": groups.account, "event": told["eventID"] if is_told else None} | done)
    chance.shuffle(records)
    for told in records:
        queue.put(told)


def main():
    queue = Queue()
    chance = random.Random(7)
    accounts = {account: Groups(account, spare=8) for account in sys.argv[1:]}
    say({"done": True})
    for line in sys.stdin:
        asked = json.loads(line)
        burst(accounts[asked["account"]], asked["changes"], queue, chance)
        say({"done": True, "waiting": queue.waiting()})


if __name__ == "__main__":
    main()
