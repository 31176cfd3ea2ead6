"""Brings devices over to Firebell: `manage.py firebell_import`.

sources (rows of the database) → lines (what can be imported, or why not) → upload (calls of at most
500 lines, as fast as Firestore warms up) → tally (what became of them).

It writes nothing into the project's database, and never prints what addresses a device.
"""
