"""People and programs who come to the daemon's port over TLS: what they are told and refused."""

import json
import socket
import ssl
import sys
import time
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path


def make(folder):
    """A certificate for this machine, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    Path(folder, "key.pem").write_bytes(private)
    Path(folder, "chain.pem").write_bytes(certificate.public_bytes(pem))
    print(certificate.serial_number)


def serial(port):
    """The serial number of the certificate that a port shows."""
    from cryptography import x509

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", int(port))) as raw:
        with context.wrap_socket(raw) as stream:
            shown = stream.getpeercert(binary_form=True)
    print(x509.load_der_x509_certificate(shown).serial_number)


def visit(port, chain, name, password, token):
    """Signs in, looks around and out again; comes with a token; and does what is refused."""
    import requests

    base = f"https://127.0.0.1:{port}"
    api = base + "/api/v1/"
    web = requests.Session()
    # Nothing of the environment counts: neither certificates nor proxies.
    web.verify, web.trust_env = chain, False
    answer = web.get(api + "items")
    assert answer.status_code == 401, answer.text
    assert answer.headers["strict-transport-security"], answer.headers
    wrong = web.post(api + "session", json={"name": name, "password": "wrong"})
    assert wrong.status_code == 401 and not web.cookies, wrong.text
    signed = web.post(api + "session", json={"name": name, "password": password})
    assert signed.status_code == 200, signed.text
    assert [cookie.name for cookie in web.cookies] == ["__Host-secmonkey"], web.cookies
    items = web.get(api + "items").json()
    assert items and {item["technology"] for item in items} == {"security_group"}, items
    # What a browser would say of its own page, and of another.
    own, other = {"Origin": base}, {"Origin": "https://evil.example"}
    comment = items[0]["key"].replace("/", "%2F")
    comment = f"{api}items/{comment}/comments"
    assert web.post(comment, json={"text": "x"}, headers=other).status_code == 403
    said = web.post(comment, json={"text": "<script>alert(1)</script>"}, headers=own)
    assert said.status_code == 201 and said.json()[-1]["by"] == "user:" + name, said.text
    assert web.post(api + "scans", json={}, headers=own).status_code == 403
    # What is not read to its end ends the connection.
    last = {"Connection": "close", **own}
    big = web.post(comment, data=b'{"text": "' + b"x" * (2 << 20) + b'"}', headers=last)
    assert big.status_code == 413, big.text
    packed = {"Content-Encoding": "gzip", **own}
    assert web.post(comment, data=b"\x1f\x8b" + bytes(100), headers=packed).status_code in (415, 422)
    assert web.delete(api + "session", headers=own).status_code == 204
    assert web.get(api + "items").status_code == 401

    bearer = {"Authorization": "Bearer " + token}
    known = web.get(api + "items", headers=bearer)
    assert known.status_code == 200, known.text
    assert web.get(api + "items?token=" + token).status_code == 401

    context = ssl.create_default_context(cafile=chain)

    def raw(sent, pause=0.0):
        with socket.create_connection(("127.0.0.1", int(port)), timeout=40) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as stream:
                begun = time.monotonic()
                try:
                    for part in sent:
                        stream.sendall(part)
                        time.sleep(pause)
                    heard = stream.recv(1 << 16)
                except OSError:
                    heard = b""
                return heard, time.monotonic() - begun

    # Somebody who never ends a request is not waited for.
    heard, took = raw([b"GET /healthz HTTP/1.1\r\nHost: x\r\n"])
    assert took < 30 and b"200" not in heard, (heard, took)
    # Nor somebody who sends a header letter by letter.
    heard, took = raw([b"GET /healthz HTTP/1.1\r\nX: "] + [b"x"] * 60, pause=0.5)
    assert took < 30 and b"200" not in heard, (heard, took)
    # What could be read in two ways is refused, or is the last that is read.
    for smuggled in [
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ]:
        heard, _ = raw([smuggled])
        assert b" 400 " in heard or b"connection: close" in heard or not heard, heard
        assert heard.count(b"HTTP/1.1 ") < 2, heard
    print(json.dumps({"items": len(items)}))


if __name__ == "__main__":
    {"make": make, "serial": serial, "visit": visit}[sys.argv[1]](*sys.argv[2:])
