#!/usr/bin/env python3
"""Checks checkpoints and proofs of secmonkey, written from the specifications alone:
c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof, RFC 6962, RFC 8032.

    verify.py KEY checkpoint FILE
    verify.py KEY proof FILE [CHECKPOINT]

Prints what is proven as JSON; ends with 1 and says why where nothing is.
"""

import base64
import hashlib
import json
import sys


class Refused(Exception):
    pass


# RFC 8032, section 6: what verification needs of Ed25519.

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0])
    f = (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar, point):
    product = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point, scalar = add(point, point), scalar >> 1
    return product


def recover(y, sign):
    if y >= P:
        raise Refused("not a point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        raise Refused("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def decompress(data):
    number = int.from_bytes(data, "little")
    return recover(number & (2**255 - 1), number >> 255)


BASE = recover(4 * pow(5, P - 2, P) % P, 0)


def ed25519_verifies(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if s >= Q:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    h = int.from_bytes(hashed, "little") % Q
    one, other = times(s, BASE), add(r, times(h, key))
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (
        one[1] * other[2] - other[1] * one[2]
    ) % P == 0


# signed-note


def decode(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(f"not base64: {text[:40]}") from error


def parse_key(text):
    name, key_id, encoded = text.strip().split("+", 2)
    key = decode(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key[0] != 1 or len(key) != 33 or expected.hex() != key_id:
        raise Refused("not an Ed25519 verifier key")
    return name, expected, key[1:]


def open_note(note, key):
    name, key_id, public = key
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise Refused("not a signed note")
    text += "\n"
    for line in signatures.splitlines():
        dash, signer, encoded = line.split(" ")
        signature = decode(encoded)
        if dash != "\u2014":
            raise Refused("not a signature line")
        if signer == name and signature[:4] == key_id:
            if ed25519_verifies(public, text.encode(), signature[4:]):
                return text
            raise Refused("the signature does not verify")
    raise Refused("not signed by this key")


# tlog-checkpoint


def open_checkpoint(note, key):
    origin, size, root = open_note(note, key).split("\n")[:3]
    if origin != key[0] or str(int(size)) != size:
        raise Refused("not a checkpoint of this log")
    return {"origin": origin, "size": int(size), "root": root}


# RFC 6962, section 2.1; the check of the path as RFC 9162, section 2.1.3.2, has it.


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf, index, size, path):
    if index >= size:
        raise Refused("the index is beyond the tree")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            raise Refused("the path is too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Refused("the path is too short")
    return r


# tlog-proof, and what secmonkey puts into its extra data


def open_proof(text, key):
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Refused("not a tlog-proof")
    if not lines[0].startswith("extra "):
        raise Refused("no event in the proof")
    extra = json.loads(decode(lines.pop(0).removeprefix("extra ")))
    if not lines[0].startswith("index "):
        raise Refused("no index in the proof")
    index = int(lines.pop(0).removeprefix("index "))
    checkpoint = open_checkpoint(note, key)
    leaf = extra["leaf"].encode()
    root = root_of(leaf_hash(leaf), index, checkpoint["size"], [decode(p) for p in lines])
    if base64.b64encode(root).decode() != checkpoint["root"]:
        raise Refused("the event is not in the log of the checkpoint")

    # The leaf is two JSON objects, one behind the other: where and when, and what.
    decoder = json.JSONDecoder()
    header, end = decoder.raw_decode(extra["leaf"])
    event = decoder.decode(extra["leaf"][end:])
    if header["p"] != index + 1:
        raise Refused("the event stands elsewhere")
    if "config" in extra:
        # The first half of SHA-256 over the canonical text: sorted, without white space.
        canonical = json.dumps(
            extra["config"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        if hashlib.sha256(canonical.encode()).hexdigest()[:32] != event["digest"]:
            raise Refused("the configuration is not the one that was recorded")
    return {
        "position": header["p"],
        "stream": header["s"],
        "recorded_at": header["r"],
        "event": event,
        "config": extra.get("config"),
        "checkpoint": checkpoint,
    }


def main(key, what, path, held=None):
    key = parse_key(key)
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    if what == "checkpoint":
        return open_checkpoint(text, key)
    proven = open_proof(text, key)
    if held:
        with open(held, encoding="utf-8", newline="") as file:
            if open_checkpoint(file.read(), key) != proven["checkpoint"]:
                raise Refused("the proof is against another checkpoint")
    return proven


if __name__ == "__main__":
    try:
        print(json.dumps(main(*sys.argv[1:])))
    except (Refused, ValueError, KeyError, IndexError) as error:
        sys.exit(f"refused: {error}")
