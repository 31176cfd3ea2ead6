"""Holds the errors raised on purpose.

FirebellImportError
├─ Misconfigured   an option or a setting is wrong; nothing was done
└─ Stopped         the rest could not be sent; the same command goes on where it stopped
"""


class FirebellImportError(Exception):
    """Base of every error raised on purpose; the message says what to do and holds no secret."""


class Misconfigured(FirebellImportError):
    """An option or a setting is wrong; nothing was done."""


class Stopped(FirebellImportError):
    """The rest could not be sent; the same command goes on where it stopped."""
