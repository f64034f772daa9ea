"""What CloudTrail would tell of calls to moto, on the queue that EventBridge would fill."""

import datetime
import json
import uuid

from company import ACCOUNT, HOME, client

QUEUE = "secmonkey-events"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def session(account, person, role="Admin", key=None):
    """Who calls: a session of a role, of which most people are one."""
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{person}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{person}",
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "userName": role,
                "accountId": account,
            }
        },
    }
    return identity | ({"accessKeyId": key} if key else {})


def record(account, name, parameters, who, answer=None, service="ec2", **more):
    """A record of a call. `more` is what else stands in it: `errorCode`, `eventTime` ..."""
    return {
        "eventVersion": "1.09",
        "eventTime": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": HOME,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2",
        "userIdentity": who,
        "requestParameters": parameters,
        "responseElements": answer,
        "readOnly": False,
        "eventID": str(uuid.uuid4()),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        **more,
    }


class Queue:
    """The queue, in the account that watches."""

    def __init__(self):
        self.sqs = client("sqs")
        self.url = self.sqs.create_queue(QueueName=QUEUE)["QueueUrl"]

    def put(self, told):
        """Puts a record on the queue, in the envelope of EventBridge."""
        envelope = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws." + told["eventSource"].partition(".")[0],
            "account": told["recipientAccountId"],
            "time": told["eventTime"],
            "region": told["awsRegion"],
            "detail": told,
        }
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(envelope))

    def waiting(self):
        """How many messages are on it, with those that were handed out."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        asked = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return sum(int(asked["Attributes"][name]) for name in names)


def url(account=ACCOUNT, region=HOME):
    """The queue's URL, as AWS has it."""
    return f"https://sqs.{region}.amazonaws.com/{account}/{QUEUE}"
