"""A mail server for tests: says its port, then each mail that it took, a line of JSON each."""

import argparse
import asyncio
import base64
import json
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--mode", choices=["starttls", "tls", "plain"], default="starttls")
parser.add_argument("--user")
parser.add_argument("--password")
parser.add_argument("--refuse", action="append", default=[])
parser.add_argument("--later-once", action="append", default=[])
options = parser.parse_args()


def say(what):
    print(json.dumps(what), flush=True)


class Handler:
    later = set(options.later_once)

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in options.refuse:
            return "550 5.1.1 nobody here of that name"
        if address in self.later:
            self.later.remove(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None or options.mode == "tls",
            "authenticated": session.authenticated,
            "mail": envelope.original_content.decode("utf-8"),
        })
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == options.user.encode() and data.password == options.password.encode()
    sent = [b"\0" + data.login + b"\0" + data.password, data.password]
    sent = " ".join(base64.b64encode(one).decode() for one in sent)
    # Not handled: the server answers. Some repeat what they were sent.
    refusal = None if right else f"535 5.7.8 not right: {sent}"
    return AuthResult(success=right, handled=False, message=refusal)


async def main():
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)

    def serve():
        starttls = context if options.mode == "starttls" else None
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=authenticate if options.user else None,
            auth_required=options.user is not None,
            # The connection is encrypted from its beginning, of which the server knows nothing.
            auth_require_tls=options.mode == "starttls",
            loop=asyncio.get_running_loop(),
        )

    tls = context if options.mode == "tls" else None
    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=tls)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main())
