"""The HTTP API: authenticate → parse → read or create documents. Documents do the sending."""

from firebell.http.server import create_app, respond

__all__ = ["create_app", "respond"]
