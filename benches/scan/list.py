"""Reads with boto3 what a scan reads; prints how many calls there were.

regional.py and worldwide.py have what it asks for.

list.py [--each]    with --each how many of each operation
"""

import sys
import time
from collections import Counter

import boto3
import jmespath
from botocore.config import Config
from botocore.exceptions import ClientError
from company import ACCOUNT
from estate import REGIONS
from read import MOST
from regional import REGIONAL
from worldwide import GLOBAL

calls = Counter()


def client(service, region="us-east-1"):
    made = boto3.Session().client(
        service, region_name=region, config=Config(s3={"addressing_style": "path"})
    )
    made.meta.events.register(
        "before-send", lambda event_name, **_: calls.update([event_name.partition(".")[2]])
    )
    if service == "s3control":
        # Its calls go to ACCOUNT.HOST, and no such host exists here.
        def address(request, **_):
            request.url = request.url.replace(f"//{ACCOUNT}.", "//", 1)

        made.meta.events.register_first("before-send.s3-control", address)
    return made


def filled(template, above, many=()):
    """An argument: `{Name}` is a member of the item, `{0}` the item, `{1}` what it is of."""
    if isinstance(template, list):
        return [filled(one, above, many) for one in template]
    if isinstance(template, str) and template.startswith("{all"):
        return jmespath.search(f"[*]{template[4:-1]}", many)
    if isinstance(template, str):
        item = above[0] if above and isinstance(above[0], dict) else {}
        # Some operations of Route 53 want the id of a zone without what it is listed with.
        return template.format(*above, **item).removeprefix("/hostedzone/")
    return template


def pages(made, operation, arguments):
    """The pages of a listing; none where AWS says with an error that there is nothing."""
    try:
        if made.can_paginate(operation):
            yield from made.get_paginator(operation).paginate(**arguments)
        else:
            yield getattr(made, operation)(**arguments)
    except ClientError:
        return


def follow(made, asked, above=(), many=()):
    """Makes a call, and those that follow from its answer."""
    arguments = {name: filled(value, above, many) for name, value in asked.arguments.items()}
    for page in pages(made, asked.operation, arguments):
        items = jmespath.search(asked.lists, page) or [] if asked.lists else []
        for then in asked.together:
            most = MOST[then.operation]
            for start in range(0, len(items), most):
                follow(made, then, above, items[start : start + most])
        for item in items:
            for then in asked.each:
                follow(made, then, (item, *above))


def read_credential_report():
    iam = client("iam")
    while iam.generate_credential_report()["State"] != "COMPLETE":
        time.sleep(0.1)
    iam.get_credential_report()


def main():
    client("sts").get_caller_identity()
    for service, all_asked in REGIONAL.items():
        for region in REGIONS:
            made = client(service, region)
            for asked in all_asked:
                follow(made, asked)
    for service, region, all_asked in GLOBAL:
        made = client(service, region)
        for asked in all_asked:
            follow(made, asked)
    read_credential_report()
    if "--each" in sys.argv:
        for name, count in calls.most_common():
            print(f"{count:>6} {name}")
    print(calls.total())


if __name__ == "__main__":
    main()
