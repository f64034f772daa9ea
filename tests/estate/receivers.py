"""A mail server and a receiver of webhooks, which take messages as slowly as they are told.

    receivers.py [SECONDS]

Says `{"smtp": PORT, "http": PORT}`, then each message as soon as it has it, before it answers: a
line of JSON each. A webhook has to be signed with `SECRET`.
"""

import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP

SECRET = "a secret of the tests"
SLOW = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0

saying = threading.Lock()


def say(what):
    with saying:
        print(json.dumps(what), flush=True)


class Mail:
    """Takes mail, for whomever it is."""

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        text = mail.get_body(preferencelist=("plain",)).get_content()
        say({
            "over": "smtp",
            "id": mail["Message-ID"],
            "to": envelope.rcpt_tos[0],
            "subject": mail["Subject"],
            "text": text,
        })
        await asyncio.sleep(SLOW)
        return "250 taken"


def is_signed(headers, body):
    """Whether it is signed as Standard Webhooks say."""
    signed = ".".join((headers["webhook-id"], headers["webhook-timestamp"], body))
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(digest).decode()
    return any(
        hmac.compare_digest(one, wanted) for one in headers["webhook-signature"].split(" ")
    )


class Hook(BaseHTTPRequestHandler):
    """Takes webhooks."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not is_signed(self.headers, body):
            self.send_error(401)
            return
        message = json.loads(body)["data"]
        say({"over": "webhook", "id": self.headers["webhook-id"], "message": message})
        time.sleep(SLOW)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing of its own."""


async def main():
    loop = asyncio.get_running_loop()

    def serve():
        return SMTP(Mail(), hostname="localhost", loop=loop)

    mail = await loop.create_server(serve, "127.0.0.1", 0)
    hooks = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hooks.serve_forever, daemon=True).start()
    say({"smtp": mail.sockets[0].getsockname()[1], "http": hooks.server_port})
    await mail.serve_forever()


asyncio.run(main())
