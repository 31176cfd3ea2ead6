"""The command's options for limits and credentials, and what they amount to."""

import argparse
from dataclasses import fields
from pathlib import Path

from fcm_emulator.limits import Limits
from fcm_emulator.oauth import LIFETIME_S, Issuer

_NO_LIMIT = "none"
_MEANINGS = {
    "messages_per_minute": "messages that a project may send per minute",
    "android_messages_per_minute": "messages that one Android device may be sent per minute",
    "android_messages_per_hour": "the same per hour",
    "collapsible_burst": "collapsible messages that one Android device gets at once",
    "collapsible_refill_s": "seconds until it may get one more",
    "topic_changes_per_second": "subscriptions that a project may begin or end per second",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Give *parser* the options."""
    limits = parser.add_argument_group("limits", "Google's by default; 'none' lifts one.")
    for field in fields(Limits):
        limits.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=_whole if field.name == "collapsible_refill_s" else _limit,
            default=field.default,
            metavar="N",
            help=f"{_MEANINGS[field.name]} (%(default)s)",
        )
    limits.add_argument("--no-limits", action="store_true", help="lift all of them")
    credentials = parser.add_argument_group("credentials", "By default any bearer is taken.")
    credentials.add_argument(
        "--require-issued-tokens",
        action="store_true",
        help="take only access tokens that this server has issued at /token",
    )
    credentials.add_argument(
        "--service-account",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="issue tokens to this account, its signature verified; may be repeated "
        "(without: to every account, unverified)",
    )
    credentials.add_argument(
        "--token-lifetime-s",
        type=_whole,
        default=LIFETIME_S,
        metavar="S",
        help="seconds until an issued token expires (%(default)s)",
    )


def limits(options: argparse.Namespace) -> Limits:
    """Give the limits that were asked for."""
    if options.no_limits:
        return Limits(
            messages_per_minute=None,
            android_messages_per_minute=None,
            android_messages_per_hour=None,
            collapsible_burst=None,
            topic_changes_per_second=None,
        )
    return Limits(**{field.name: getattr(options, field.name) for field in fields(Limits)})


def issuer(options: argparse.Namespace) -> Issuer:
    """Give the issuer of access tokens that was asked for.

    Raises:
        UnreadableCredentials: a file is no service account's.

    """
    keys: dict[str, str] = {}
    if options.service_account:
        # Large for what most starts never use: the cryptography behind it.
        from fcm_emulator import credentials  # noqa: PLC0415 - see above

        keys = credentials.read_keys(options.service_account)
    return Issuer(
        keys=keys, is_strict=options.require_issued_tokens, lifetime_s=options.token_lifetime_s
    )


def _limit(text: str) -> int | None:
    return None if text == _NO_LIMIT else _whole(text)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 0 or more")
    return int(text)
