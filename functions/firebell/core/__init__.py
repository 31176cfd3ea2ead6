"""Pure rules and values: no clock, no randomness, no environment, no network, no packages."""
