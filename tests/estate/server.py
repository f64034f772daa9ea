"""moto's server, made into a more likely account.

It has the regions that are enabled without asking, and answers what a scan asks for and
moto lacks.
"""

import importlib.util
import io
import json
import sys
import threading
import time

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.core.serialize import RestXMLSerializer
from moto.directconnect.models import Connection
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.network_acls import NetworkAcl
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.models.vpn_connections import VPNConnection
from moto.iam.models import IAMBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import main
from moto.ses.responses import EmailResponse
from moto.sns.models import sns_backends
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

ENABLED = """
ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2
ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1
us-east-1 us-east-2 us-west-1 us-west-2
""".split()

# moto enables every region of every partition, and has no SES in some.
RegionsAndZonesBackend.regions = [
    region for region in RegionsAndZonesBackend.regions if region.name in ENABLED
]

# A scan asks much at once: connections that find no room are lost for seconds.
BaseWSGIServer.request_queue_size = 4096

# Connections stay open after an answer, as AWS's do.
WSGIRequestHandler.protocol_version = "HTTP/1.1"


def list_identity_policies(self):
    """Nobody but the owner sends mail in the name of these identities."""
    return ActionResult({"PolicyNames": []})


if hasattr(EmailResponse, "list_identity_policies"):
    sys.exit("server.py: moto knows ListIdentityPolicies by now: take it out here")
EmailResponse.list_identity_policies = list_identity_policies

# Filters by the id of what is listed, which AWS has.
for kind, member in [
    (NetworkAcl, "network_acl_id"),
    (VPCEndPoint, "vpc_endpoint_id"),
    (VPNConnection, "vpn_connection_id"),
]:
    if hasattr(kind, member):
        sys.exit(f"server.py: moto knows the filter {member} by now: take it out here")
    setattr(kind, member, property(lambda one: one.id))

# The row of root in the credential report, which AWS always has: never used, as a new account.
report_of_users = IAMBackend.get_credential_report


def report_of_all(self):
    """The report of the users, with root first."""
    header, _, users = report_of_users(self).partition("\n")
    if "<root_account>" in users:
        sys.exit("server.py: moto reports root by now: take it out here")
    root = {
        "user": "<root_account>",
        "arn": f"arn:aws:iam::{self.account_id}:root",
        "user_creation_time": "2020-01-01T00:00:00+00:00",
        "password_enabled": "not_supported",
        "password_last_used": "no_information",
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
    }
    row = ",".join(
        root.get(column, "false" if column.endswith("active") else "N/A")
        for column in header.split(",")
    )
    return f"{header}\n{row}\n{users}"


IAMBackend.get_credential_report = report_of_all

# What S3 Control answers is called after its shape, in AWS: `ListAccessPointsResult`.
body_of = RestXMLSerializer._serialize_body


def body_of_shape(self, body):
    """The body, whose one element is called as AWS does."""
    model = self.operation_model
    shape = model.output_shape
    name = f"{model.name}Response"
    if model.service_model.service_name == "s3control" and shape and list(body) == [name]:
        body = {shape.name: body[name]}
    return body_of(self, body)


RestXMLSerializer._serialize_body = body_of_shape

# Direct Connect answers `yes`, `no` or `unknown`, and times as numbers.
connection_of = Connection.to_dict


def connection(self):
    """The connection, with values that the SDK can read."""
    answer = connection_of(self)
    if not isinstance(answer["hasLogicalRedundancy"], bool):
        sys.exit("server.py: moto answers hasLogicalRedundancy as AWS by now: take it out here")
    return answer | {"hasLogicalRedundancy": "unknown", "loaIssueTime": 1700000000.0}


Connection.to_dict = connection

# Cloud Control, of an account that has SNS topics, and nothing else that it reads.
if importlib.util.find_spec("moto.cloudcontrol"):
    sys.exit("server.py: moto knows Cloud Control by now: take it out here")
dispatch = DomainDispatcherApplication.__call__


def topics(environ):
    """The properties of the topics of the region that a call is signed for, by ARN."""
    # Credential=KEY/DAY/REGION/SERVICE/aws4_request
    region = environ["HTTP_AUTHORIZATION"].split("/")[2]
    all_topics = sns_backends[DEFAULT_ACCOUNT_ID][region].topics.values()
    return {
        topic.arn: {
            "TopicArn": topic.arn,
            "TopicName": topic.name,
            "DisplayName": topic.display_name,
            "Tags": [{"Key": key, "Value": value} for key, value in topic._tags.items()],
        }
        for topic in all_topics
    }


def cloud_control(operation, asked, environ):
    """The status and the answer."""
    found = topics(environ) if asked["TypeName"] == "AWS::SNS::Topic" else {}
    described = [
        {"Identifier": arn, "Properties": json.dumps(properties)}
        for arn, properties in found.items()
    ]
    if operation == "ListResources":
        answer = {"TypeName": asked["TypeName"], "ResourceDescriptions": described}
        return "200 OK", answer
    for one in described:
        if one["Identifier"] == asked["Identifier"]:
            return "200 OK", {"TypeName": asked["TypeName"], "ResourceDescription": one}
    said = "Resource was not found."
    return "400 Bad Request", {"__type": "ResourceNotFoundException", "Message": said}


# moto is not made for threads: what one call makes while another reads can end with 500.
one_at_a_time = threading.RLock()


# Who waits for messages waits no longer than this for them, in seconds: one who was killed
# meanwhile would take them along.
LONGEST_WAIT = 2.0
# What was handed out to one who was killed is there again after so long, in seconds.
VISIBILITY = 15


def receive(self, environ, start_response):
    """Messages as soon as there are any: moto would wait where all others wait."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    asked = json.loads(environ["wsgi.input"].read(length))
    until = time.monotonic() + min(asked.get("WaitTimeSeconds", 0), LONGEST_WAIT)
    asked["WaitTimeSeconds"] = 0
    asked["VisibilityTimeout"] = min(asked.get("VisibilityTimeout", VISIBILITY), VISIBILITY)
    body = json.dumps(asked).encode()
    while True:
        head = []
        again = environ | {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        with one_at_a_time:
            answer = b"".join(dispatch(self, again, lambda *told: head.append(told)))
        is_error = not head[0][0].startswith("200")
        if is_error or json.loads(answer).get("Messages") or time.monotonic() >= until:
            start_response(*head[0])
            return [answer]
        time.sleep(0.05)


def dispatch_all(self, environ, start_response):
    """Answers for Cloud Control, and lets moto answer for all others."""
    service, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
    if (service, operation) == ("AmazonSQS", "ReceiveMessage"):
        return receive(self, environ, start_response)
    if service != "CloudApiService":
        with one_at_a_time:
            return dispatch(self, environ, start_response)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    asked = json.loads(environ["wsgi.input"].read(length))
    status, answer = cloud_control(operation, asked, environ)
    body = json.dumps(answer).encode()
    headers = [
        ("Content-Type", "application/x-amz-json-1.0"),
        ("Content-Length", str(len(body))),
    ]
    start_response(status, headers)
    return [body]


DomainDispatcherApplication.__call__ = dispatch_all

if __name__ == "__main__":
    sys.exit(main())
