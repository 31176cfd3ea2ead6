"""The command `firebell_import`."""
