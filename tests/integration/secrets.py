"""All that no log line of a whole run may hold: collected where it is made, sought at the end."""

_EVERY: set[str] = set()
LEAST_CHARACTERS = 20
"""Shorter ones may stand in a log by chance."""


def keep(secret: str) -> str:
    """Remember *secret* for the end of the run, and return it."""
    if len(secret) >= LEAST_CHARACTERS:
        _EVERY.add(secret)
    return secret


def found_in(said: str) -> list[str]:
    """Return every secret of this run that *said* holds."""
    return sorted(secret for secret in _EVERY if secret in said)
