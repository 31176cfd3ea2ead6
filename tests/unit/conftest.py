"""Settings of the property tests here: few examples, so that the folder takes under two seconds."""

from hypothesis import settings

settings.register_profile("unit", max_examples=25, deadline=None, database=None)
settings.load_profile("unit")
