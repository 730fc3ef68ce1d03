#!/usr/bin/env python3
"""A second implementation of frame codec, key schedule and key agreement, to check the vectors beside it.

Written from the comments of frame.ts, seal.ts and handshake.ts, RFC 5869, RFC 9180 and SP 800-38D, on Python's hmac and
hashlib and on OpenSSL through `cryptography`. Every case is {name, given, expected}; the exit status says whether what
is computed from `given` is what is `expected`. `--write` computes `expected` anew, after a change of the protocol that
was meant; the vectors of RFC 9180 are never rewritten.
"""
import base64
import hashlib
import hmac
import json
import math
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).parent
CHANNELS = {"control": (1, "pair"), "input": (2, "pair"), "cursor": (3, "epoch"), "picture": (4, "epoch")}
MAX_CHUNK_BYTES = 16384
CHUNK_PREFIX_BYTES = 32


def unhex(text):
    return bytes.fromhex(text)


def b64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def sha256(octets):
    return hashlib.sha256(octets).digest()


def parts(*octets):
    return b"".join(struct.pack(">I", len(part)) + part for part in octets)


def extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def expand(prk, info, length):
    out, block = b"", b""
    for counter in range(1, math.ceil(length / 32) + 1):
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        out += block
    return out[:length]


# --- frame.ts -------------------------------------------------------------------------------------------------------

def encode_header(header):
    return struct.pack(
        ">BBBBIQQI", 1, CHANNELS[header["channel"]][0], header["sender"], 1 if header["isKey"] else 0,
        header["epoch"], int(header["seq"]), int(header["grant"]), header["sealedBytes"],
    )


def pattern(length):
    return bytes((at * 7 + (at >> 8)) & 0xFF for at in range(length))


def header_case(given):
    return {"bytes": encode_header(given).hex()}


def chunking_case(given):
    header, sealed = encode_header(given), pattern(given["sealedBytes"])
    slice_bytes = MAX_CHUNK_BYTES - CHUNK_PREFIX_BYTES
    count = math.ceil(len(sealed) / slice_bytes)
    chunks = [
        header + struct.pack(">HH", index, count) + sealed[index * slice_bytes:(index + 1) * slice_bytes]
        for index in range(count)
    ]
    return {"bytes": [len(chunk) for chunk in chunks], "sha256": [sha256(chunk).hex() for chunk in chunks]}


# --- seal.ts --------------------------------------------------------------------------------------------------------

def seal_case(given):
    number, secret = CHANNELS[given["channel"]]
    info = parts(
        b"handrail/1 frame", struct.pack(">I", given["epoch"]), bytes([given["sender"]]), bytes([number]),
        unhex(given["connectionNonce"]),
    )
    subkey = expand(extract(given["sessionId"].encode(), unhex(given["secrets"][secret])), info, 32)
    frames = []
    for seq, frame in enumerate(given["frames"]):
        payload = unhex(frame["payload"])
        header = encode_header({**given, **frame, "seq": seq, "sealedBytes": len(payload) + 16})
        sealed = AESGCM(subkey).encrypt(bytes(4) + struct.pack(">Q", seq), payload, header)
        frames.append({"header": header.hex(), "sealed": sealed.hex()})
    return {"subkey": subkey.hex(), "frames": frames}


# --- RFC 9180, base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-GCM ----------------------------------------------

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEM_SUITE = b"KEM" + struct.pack(">H", 0x0010)


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def derive_private(ikm):
    prk = labeled_extract(KEM_SUITE, b"", b"dkp_prk", ikm)
    for counter in range(256):
        number = int.from_bytes(labeled_expand(KEM_SUITE, prk, b"candidate", bytes([counter]), 32), "big")
        if 0 < number < P256_ORDER:
            return number
    raise ValueError("no key")


def private_key(number):
    return ec.derive_private_key(number, ec.SECP256R1())


def point_of(key):
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def hpke_seal(case):
    """`case`: ephemeral key, recipient's point, info, aad, plaintext, bytes of the AEAD's key. Every value on the way."""
    ephemeral = private_key(case["ephemeral"])
    recipient = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), case["recipient"])
    enc = point_of(ephemeral)
    eae = labeled_extract(KEM_SUITE, b"", b"eae_prk", ephemeral.exchange(ec.ECDH(), recipient))
    shared = labeled_expand(KEM_SUITE, eae, b"shared_secret", enc + case["recipient"], 32)
    suite = b"HPKE" + struct.pack(">HHH", 0x0010, 0x0001, {16: 1, 32: 2}[case["keyBytes"]])
    context = b"\0" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(
        suite, b"", b"info_hash", case["info"]
    )
    secret = labeled_extract(suite, shared, b"secret", b"")
    key = labeled_expand(suite, secret, b"key", context, case["keyBytes"])
    nonce = labeled_expand(suite, secret, b"base_nonce", context, 12)
    return {
        "enc": enc, "sharedSecret": shared, "keyScheduleContext": context, "secret": secret, "key": key,
        "baseNonce": nonce, "ciphertext": AESGCM(key).encrypt(nonce, case["plaintext"], case["aad"]),
    }


def hpke_case(given):
    recipient = private_key(derive_private(unhex(given["ikmR"])))
    values = hpke_seal({
        "ephemeral": derive_private(unhex(given["ikmE"])), "recipient": point_of(recipient),
        "info": unhex(given["info"]), "aad": unhex(given["aad"]), "plaintext": unhex(given["plaintext"]),
        "keyBytes": {1: 16, 2: 32}[given["aeadId"]],
    })
    private = recipient.private_numbers().private_value.to_bytes(32, "big")
    return {
        "skRm": private.hex(), "pkRm": point_of(recipient).hex(), **{name: value.hex() for name, value in values.items()}
    }


# --- handshake.ts ---------------------------------------------------------------------------------------------------

def rsa_sign(pem, octets):
    key = serialization.load_pem_private_key(pem.encode(), None)
    return key.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def match_code(session_id, transcript):
    okm = expand(extract(session_id.encode(), transcript), b"handrail/1 match code", 8)
    digits = f"{int.from_bytes(okm, 'big') % 10_000_000:07d}"
    return f"{digits[:3]} {digits[3:]}"


def match_code_case(given):
    return {"matchCode": match_code(given["sessionId"], unhex(given["transcript"]))}


def handshake_case(given):
    session, agent, device, epoch = (given[name] for name in ("sessionId", "agent", "device", "epoch"))
    device_der, device_nonce = unhex(device["certificateDer"]), unhex(device["nonce"])
    agent_kem = point_of(private_key(int(agent["kemPrivateKey"], 16)))
    commitment = sha256(parts(b"handrail/1 commit", device_nonce, device_der))
    answered = sha256(parts(
        b"handrail/1 answer", session.encode(), unhex(given["agentConnectionNonce"]), commitment,
        sha256(unhex(agent["certificateDer"])), agent_kem, unhex(agent["nonce"]),
    ))
    answer_signature = rsa_sign(agent["privateKey"], answered)
    transcript = sha256(parts(b"handrail/1 reveal", answered, answer_signature, sha256(device_der), device_nonce))
    info = parts(b"handrail/1 epoch", session.encode(), transcript, struct.pack(">I", epoch["number"]))
    wrapped = hpke_seal({
        "ephemeral": int(epoch["ephemeralPrivateKey"], 16), "recipient": agent_kem, "info": info, "aad": b"",
        "plaintext": unhex(epoch["secrets"]["epoch"]) + unhex(epoch["secrets"]["pair"]), "keyBytes": 32,
    })
    epoch_nonce = unhex(epoch["connectionNonce"])
    epoch_hash = sha256(info + parts(wrapped["enc"], wrapped["ciphertext"], epoch_nonce))
    return {
        "commit": {"type": "handshake/commit", "commitment": b64url(commitment)},
        "answer": {
            "type": "handshake/answer", "certificate": agent["certificatePem"], "kemPublicKey": b64url(agent_kem),
            "nonce": b64url(unhex(agent["nonce"])), "signature": b64url(answer_signature),
        },
        "reveal": {
            "type": "handshake/reveal", "certificate": device["certificatePem"], "nonce": b64url(device_nonce),
            "signature": b64url(rsa_sign(device["privateKey"], transcript)),
        },
        "transcript": transcript.hex(),
        "matchCode": match_code(session, transcript),
        "epoch": {
            "type": "handshake/epoch", "epoch": epoch["number"], "enc": b64url(wrapped["enc"]),
            "sealed": b64url(wrapped["ciphertext"]), "connectionNonce": b64url(epoch_nonce),
            "signature": b64url(rsa_sign(device["privateKey"], epoch_hash)),
        },
        "epochHash": epoch_hash.hex(),
    }


# --------------------------------------------------------------------------------------------------------------------

FILES = {
    "frame.json": {"headers": header_case, "chunking": chunking_case},
    "seal.json": {"connections": seal_case},
    "handshake.json": {"agreements": handshake_case, "matchCodes": match_code_case},
    "hpke.json": {"base": hpke_case},
}


def main():
    wrong, count = [], 0
    for name, groups in FILES.items():
        path = HERE / name
        document = json.loads(path.read_text("utf-8"))
        for group, compute in groups.items():
            for case in document[group]:
                computed = compute(case["given"])
                count += 1
                if "--write" in sys.argv[1:] and name != "hpke.json":
                    case["expected"] = computed
                elif computed != case.get("expected"):
                    wrong.append(f"{name} {group}: {case['name']}")
        if "--write" in sys.argv[1:] and name != "hpke.json":
            path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"{count - len(wrong)} of {count} vectors agree")
    for case in wrong:
        print(f"DIFFERS {case}", file=sys.stderr)
    return 1 if wrong or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
