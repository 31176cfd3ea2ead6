"""Every case of the bill, in the order in which docs/costs.md shows them."""

from tests.integration import (
    billed_clearing,
    billed_deliveries,
    billed_devices,
    billed_own,
    billed_policy,
    billed_settings,
    billed_topics,
    billed_users,
)
from tests.integration.billed import CASES, Case

_MODULES = (
    billed_deliveries,
    billed_policy,
    billed_devices,
    billed_settings,
    billed_topics,
    billed_clearing,
    billed_own,
    billed_users,
)
ALL: tuple[Case, ...] = tuple(
    case for module in _MODULES for case in CASES if case.prepare.__module__ == module.__name__
)
