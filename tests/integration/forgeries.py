"""ID tokens that prove nothing, for each of the two issuers whose tokens prove something."""

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.integration import issuer
from tests.integration.issuer import SigningKey

Claims: TypeAlias = Callable[..., dict[str, Any]]
Forger: TypeAlias = Callable[[SigningKey, Claims], str]

HOUR_S = 3_600
OTHER = issuer.new_key("other")


def _now() -> int:
    return int(time.time())


FORGERIES: dict[str, Forger] = {
    "signed with another key": lambda key, claims: OTHER.sign(claims(), kid=key.id),
    "signed with a key that nobody published": lambda _, claims: OTHER.sign(claims()),
    "with an empty key id": lambda key, claims: key.sign(claims(), kid=None),
    "with a key's id of another type": lambda key, claims: issuer.unsigned(
        claims(), "RS256", kid=[key.id]
    ),
    "with the claims of another": lambda key, claims: issuer.tampered(
        key.sign(claims()), sub="grace", email="root@shop-prod.iam.gserviceaccount.com"
    ),
    "with a later end": lambda key, claims: issuer.tampered(
        key.sign(claims(exp=_now() - HOUR_S)), exp=_now() + HOUR_S
    ),
    "unsigned": lambda _, claims: issuer.unsigned(claims()),
    "unsigned, of a known key": lambda key, claims: issuer.unsigned(claims(), kid=key.id),
    "unsigned, called RS256": lambda key, claims: issuer.unsigned(claims(), "RS256", kid=key.id),
    "signed with the public key as a secret": lambda key, claims: issuer.signed_by_public_key(
        key, claims()
    ),
    "expired": lambda key, claims: key.sign(claims(iat=_now() - 2 * HOUR_S, exp=_now() - 60)),
    "not valid yet": lambda key, claims: key.sign(claims(iat=_now() + 60)),
    "without an end": lambda key, claims: key.sign(_without(claims(), "exp")),
    "for somebody else": lambda key, claims: key.sign(claims(aud="https://elsewhere.example")),
    "for many": lambda key, claims: key.sign(claims(aud=[claims()["aud"], "x"])),
    "for nobody": lambda key, claims: key.sign(_without(claims(), "aud")),
    "from another issuer": lambda key, claims: key.sign(claims(iss="https://example.com")),
    "from an issuer of another type": lambda key, claims: key.sign(claims(iss=["a"])),
    "from no issuer": lambda key, claims: key.sign(_without(claims(), "iss")),
    "of an issuer that only begins alike": lambda key, claims: key.sign(
        claims(iss=claims()["iss"] + ".example.com")
    ),
    "nested too deep": lambda *_: f"{_deep()}.{_deep()}.e30",
}


def _without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


def _deep() -> str:
    return issuer.encoded_bytes(b"[" * 2_500)
