"""What a host does with its user's words: states them in a signed token (docs/labels.md). Standard library only."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass

AUDIENCE = "efficacy.example"
SCOPE = "default"
CALLER = "agent"
_LIFETIME_SECONDS = 3600


@dataclass(frozen=True)
class HostKey:
    """The key a host signs its users' words with, as `tessera label key --purpose prompt` prints it."""

    id: str
    secret: bytes

    @staticmethod
    def parse(printed: str) -> "HostKey":
        key_id, _, secret = printed.strip().partition(":")
        return HostKey(key_id, base64.b64decode(secret))


def token(key: HostKey, conversation: str, text: str | None) -> str:
    """A token about the first words of a conversation that begins now; without `text`, only that it begins."""
    now = time.time()
    payload = {
        "v": 2,
        "iss": "host.example",
        "aud": AUDIENCE,
        "iat": int(now),
        "exp": int(now) + _LIFETIME_SECONDS,
        "jti": uuid.uuid4().hex,
        "scope": SCOPE,
        "sub": CALLER,
        "conversation": conversation,
        "upstream": "",
        "tool": "",
        "origin": "user",
        "principal": CALLER,
        "level": 100,
        "readers": None,
        "sensitivity": "public",
        "digest": hashlib.sha256((text or "").encode()).hexdigest(),
        "started": int(now * 1000),
    }
    if text is not None:
        payload["text"] = text
    header = {"alg": "HS256", "kid": key.id, "typ": "tessera-label+jwt"}
    signed = f"{_encoded(header)}.{_encoded(payload)}"
    signature = hmac.digest(key.secret, signed.encode(), "sha256")
    return f"{signed}.{_base64(signature)}"


def _encoded(part: dict) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
