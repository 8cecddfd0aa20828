#!/usr/bin/env python3
"""Verify an export of Harrier's audit log. Usage: verify-audit.py FILE [VERIFIER-KEY]

It knows nothing of Harrier but the format, which docs/audit.md has, and needs
nothing but Python: the signature is checked as RFC 8032 says.
"""
import base64, hashlib, json, sys

P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
L = 2**252 + 27742317777372353535851937790883648493


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    m = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + m, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - m, P - 2, P) % P)


def times(n, a):
    r = (0, 1)
    while n:
        if n & 1:
            r = add(r, a)
        a, n = add(a, a), n >> 1
    return r


def point(b):
    y = int.from_bytes(b, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P or y >= P:
        sys.exit("the key or the signature is no point")
    return (P - x if x & 1 != sign else x, y)


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    return s < L and times(s, BASE) == add(point(r), times(k, point(public)))


def main(path, trusted=None):
    lines = open(path, "rb").read().split(b"\n")
    if lines[0] != b"harrier audit export 1":
        sys.exit("this is no export of an audit log")
    end = lines.index(b"", 2)
    edges, size, bad = [], 0, False
    for line in lines[2:end]:
        digest, _, row = line.partition(b" ")
        h = base64.b64decode(digest)
        if row and hashlib.sha256(b"\0" + row).digest() != h:
            print("row", json.loads(row).get("id"), "at place", size + 1, "is not what was chained")
            bad = True
        n = size
        while n & 1:  # two complete subtrees of one size become one
            h, n = hashlib.sha256(b"\1" + edges.pop() + h).digest(), n >> 1
        edges.append(h)
        size += 1
    root = edges.pop()
    while edges:
        root = hashlib.sha256(b"\1" + edges.pop() + root).digest()

    key = trusted or lines[1].decode()
    name, key_hash, data = key.split("+", 2)
    data = base64.b64decode(data)
    text, _, signatures = b"\n".join(lines[end + 1:]).partition(b"\n\n")
    text += b"\n"
    origin, signed_size, signed_root = text.split(b"\n")[:3]
    good = False
    for s in signatures.splitlines():
        dash, who, blob = s.decode().split(" ")
        blob = base64.b64decode(blob)
        if who == name and blob[:4].hex() == key_hash:
            good = signed(data[1:], text, blob[4:])
    if origin.decode() != name or not good:
        sys.exit("the checkpoint is not signed with this key")
    if int(signed_size) != size or base64.b64decode(signed_root) != root:
        sys.exit("the rows are not those that were signed")
    if bad:
        sys.exit(1)
    print("ok:", size, "rows of", name, "" if trusted else "(the key was found in the file; bring the one that you kept)")


main(*sys.argv[1:])
