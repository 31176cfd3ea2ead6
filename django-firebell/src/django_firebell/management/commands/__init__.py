"""Holds one module per management command."""
