"""Any device, outcome and delivery, for tests of what holds for all of them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from firebell.core import calls, schema
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    Delivery,
    DeviceRecord,
    Gone,
    Result,
    Skipped,
    State,
    Suspect,
    TryAgain,
)
from firebell.core.model import Device
from tests.builders import a_fid, a_legacy_token

words = st.text(max_size=8)
maybe_words = st.none() | words
instants = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
platforms = st.sampled_from(calls.PLATFORMS)
numbers = st.integers(min_value=1, max_value=6)
"""Few, so that examples meet the same installation twice."""
targets = st.builds(a_fid, numbers) | st.builds(a_legacy_token, numbers)
waits = st.none() | st.integers(min_value=0, max_value=86_400).map(float)

devices = targets.flatmap(
    lambda target: st.builds(
        Device,
        id=st.just(calls.device_id(target)),
        target=st.just(target),
        platform=platforms,
        created_at=instants,
        last_seen_at=instants,
        state=st.sampled_from(("active", "quarantined", "disabled")),
        reason=maybe_words,
        locale=maybe_words,
        timezone=maybe_words,
        app_version=maybe_words,
        label=maybe_words,
    )
)

outcomes = st.one_of(
    st.builds(Accepted, message_name=words),
    st.builds(Gone, code=words),
    st.builds(Suspect, code=words),
    st.builds(BadRequest, code=words, field=words, problem=words),
    st.builds(ConfigurationFault, code=words),
    st.builds(TryAgain, code=words, after_s=waits),
    st.builds(Skipped, reason=words),
)

lines = st.builds(
    DeviceRecord,
    platform=platforms,
    target_hash=words,
    result=st.sampled_from(Result),
    message_name=maybe_words,
    code=maybe_words,
    reason=maybe_words,
)

deliveries = st.builds(
    Delivery,
    id=words,
    uid=words,
    notification_id=words,
    source=st.sampled_from(("inbox", "outbox")),
    state=st.sampled_from(State),
    attempt=st.integers(min_value=1, max_value=40),
    created_at=instants,
    due_at=st.none() | instants,
    reason=maybe_words,
    rejected_field=maybe_words,
    problem=maybe_words,
    devices=st.dictionaries(words, lines, max_size=4),
)

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
keys = texts.filter(lambda key: not schema.RESERVED_DATA_KEYS.match(key))
links = st.from_regex(r"(/|https://|app:)[^\x00-\x20\x7f\ud800-\udfff]{1,30}", fullmatch=True)
localizations = st.dictionaries(
    st.sampled_from(("de", "de_AT", "tr", "zh-Hant-TW")),
    st.fixed_dictionaries({"body": texts}, optional={"title": texts}),
)
documents = st.fixed_dictionaries(
    {"body": texts, "uid": st.just("ada")},
    optional={
        "title": texts,
        "category": texts,
        "priority": st.sampled_from(("normal", "high")),
        "urgent": st.booleans(),
        "image": st.builds("https://{}".format, texts),
        "link": links,
        "actions": st.lists(
            st.fixed_dictionaries({"id": texts, "title": texts}, optional={"link": links}),
            max_size=schema.MAX_ACTIONS,
        ),
        "data": st.dictionaries(keys, texts | st.just(""), max_size=5),
        "sound": texts | st.sampled_from(("none", "gong.caf")),
        "badge": st.just("unread") | st.integers(min_value=0, max_value=2**31 - 1),
        "collapseKey": texts.filter(lambda key: len(key.encode()) <= 64),
        "ttlSeconds": st.integers(min_value=0, max_value=schema.MAX_TTL_S),
        "expireAt": st.datetimes(timezones=st.just(UTC)),
        "localizations": localizations,
    },
)
"""What a sender may write into the outbox; short enough for one message."""
silent_documents = documents.map(
    lambda said: (
        {k: v for k, v in said.items() if k not in ("title", "body", "localizations")}
        | {"inbox": False}
    )
)
