"""Makes a Django user a Firebase user: mints Firebase custom tokens, and revokes sessions.

It sends nothing and reads nothing in Firestore: delivery lives in the Firebase project.
"""
