"""Pure rules and values: no clock, no randomness, no environment, no network, no packages.

When which zone's clocks are changed is data, not environment: `zoneinfo` may read it.
"""
