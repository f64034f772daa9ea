"""A provider of OpenID Connect, and somebody who signs in there with a browser's manners."""

import base64
import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

SECRET = "a secret of two"


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Provider:
    """Signs everybody in as ann, of the groups that it is told; gives each code away once."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.groups, self.codes = [], {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.get(self)

            def do_POST(self):
                provider.post(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def get(self, request):
        url = urlsplit(request.path)
        if url.path == "/.well-known/openid-configuration":
            at = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "jwks_uri": "keys",
            }
            at = {name: f"{self.issuer}/{path}" for name, path in at.items()}
            return self.say(request, {"issuer": self.issuer, **at})
        if url.path == "/keys":
            numbers = self.key.public_key().public_numbers()
            x, y = (text(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
            key = {"kty": "EC", "crv": "P-256", "kid": "1", "alg": "ES256", "use": "sig"}
            return self.say(request, {"keys": [{**key, "x": x, "y": y}]})
        asked = dict(parse_qsl(url.query))
        code = text(hashlib.sha256(asked["state"].encode()).digest())
        self.codes[code] = asked
        request.send_response(302)
        back = urlencode({"code": code, "state": asked["state"]})
        request.send_header("Location", f"{asked['redirect_uri']}?{back}")
        request.end_headers()

    def post(self, request):
        length = int(request.headers["Content-Length"])
        sent = dict(parse_qsl(request.rfile.read(length).decode()))
        asked = self.codes.pop(sent["code"])
        proof = text(hashlib.sha256(sent["code_verifier"].encode()).digest())
        known = (asked["code_challenge"], asked["redirect_uri"], SECRET)
        if (proof, sent["redirect_uri"], sent.get("client_secret")) != known:
            return self.say(request, {"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": "1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "ann@example.com",
            "email_verified": True,
            "groups": self.groups,
        }
        header = {"alg": "ES256", "kid": "1"}
        parts = [text(json.dumps(part).encode()) for part in (header, claims)]
        signed = ".".join(parts)
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = text(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        self.say(request, {"id_token": f"{signed}.{signature}", "token_type": "Bearer"})

    def say(self, request, answer, status=200):
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        request.wfile.write(json.dumps(answer).encode())


def main():
    """Says where the provider is; then reads, line by line, a port and the groups of ann, and
    says how signing in at that port ended: the status, and who one is."""
    provider = Provider()
    print(provider.issuer, flush=True)
    for line in sys.stdin:
        port, *provider.groups = line.split()
        daemon = f"http://127.0.0.1:{port}"
        web = requests.Session()
        web.trust_env = False

        def go(url, cookie=""):
            return web.get(url, headers={"Cookie": cookie}, allow_redirects=False)

        # Only over TLS, and to their own machine, browsers send such a cookie.
        begun = go(daemon + "/auth/oidc?to=/items")
        cookie = begun.headers["Set-Cookie"].split(";")[0]
        there = go(begun.headers["Location"])
        back = urlsplit(there.headers["Location"])
        assert back.geturl().startswith("https://secmonkey.example.com/auth/oidc/callback?"), back
        ended = go(f"{daemon}{back.path}?{back.query}", cookie)
        if ended.status_code == 303:
            session = ended.headers["Set-Cookie"].split(";")[0]
            who = go(daemon + "/api/v1/session", session).json()
            print(ended.status_code, ended.headers["Location"], who["actor"], who["role"], flush=True)
        else:
            print(ended.status_code, flush=True)


main()
