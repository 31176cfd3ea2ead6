"""Revokes a user's Firebase sessions: on demand, and when the user is deactivated or deleted.

The hooks never stop a save: what fails is logged, and who is slow is not waited for.
"""

import copy
import threading
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction

from django_firebell import claims, conf, firebase, log
from django_firebell.errors import FirebellError, UnknownAtFirebase

# Where pre_save leaves word for post_save, since only the former can see what was stored before.
_MARK = "_firebell_deactivated"


def uid_of(user: Any) -> str:
    """Give the Firebase uid of *user*.

    Raises:
        InvalidUid: the UID setting gave something that is no document id.
        Misconfigured: a setting is wrong.

    """
    return claims.checked_uid(conf.read().uid_of(user))


def revoke(uid: str) -> None:
    """Revoke every Firebase refresh token of *uid*.

    ID tokens already given out run out by themselves within an hour, unless their reader checks for
    revocation; a custom token already given out can still be signed in with during its hour.

    **Cost:** one call of Firebase Authentication.

    Raises:
        UnknownAtFirebase: the uid has never signed in.
        Misconfigured: a setting is wrong, or there is no key.
        Unavailable: Firebase did not answer, or refused.

    """
    settings = conf.read()
    firebase.revoke(settings.source, uid, timeout_s=settings.timeout_s)


def before_save(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """Notice that a save turns `is_active` off; costs a query only when it is off."""
    instance.__dict__.pop(_MARK, None)  # left behind by a save that failed
    if kwargs["raw"] or not _is_user(sender) or not _saves_inactive(instance, kwargs):
        return
    stored = sender._base_manager.using(kwargs["using"]).filter(pk=instance.pk, is_active=True)
    setattr(instance, _MARK, stored.exists())


def after_save(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """Revoke once a save that turned `is_active` off is committed."""
    if instance.__dict__.pop(_MARK, False):
        _revoke_on_commit(instance, kwargs["using"])


def after_delete(sender: type[Any], instance: Any, **kwargs: Any) -> None:
    """Revoke once a deletion is committed."""
    if _is_user(sender):
        _revoke_on_commit(instance, kwargs["using"])


def _is_user(model: type[Any]) -> bool:
    # Signals carry the proxy or the child model that was saved, not the user model itself.
    return issubclass(model, get_user_model())


def _saves_inactive(instance: Any, kwargs: dict[str, Any]) -> bool:
    try:
        instance._meta.get_field("is_active")
    except FieldDoesNotExist:  # AbstractBaseUser: a plain attribute, always True
        return False
    fields = kwargs["update_fields"]
    is_saved = instance.pk is not None and (fields is None or "is_active" in fields)
    return is_saved and not instance.is_active


def _revoke_on_commit(user: Any, using: str) -> None:
    # A copy: after a deletion Django takes the primary key from the original. Robust: a project's
    # own UID function may raise anything, and the user must be saved all the same. No partial:
    # before 6.1 Django asks a robust hook that failed for its __qualname__.
    who = copy.copy(user)
    transaction.on_commit(lambda: _revoke_logging(who), using=using, robust=True)


def _revoke_logging(user: Any) -> None:
    try:
        settings = conf.read()
        if not settings.revoke_on_deactivation:
            return
        uid = uid_of(user)
    except FirebellError as error:
        log.revocation_failed(user, error)
        return
    # The SDK retries, and its timeouts add up to a minute where packets are swallowed.
    worker = threading.Thread(target=_call_logging, args=(user, uid), name="firebell-revoke")
    worker.start()
    worker.join(settings.timeout_s)
    if worker.is_alive():
        log.revocation_goes_on(user)


def _call_logging(user: Any, uid: str) -> None:
    try:
        revoke(uid)
    except UnknownAtFirebase:
        log.nothing_to_revoke(user)
    except FirebellError as error:
        log.revocation_failed(user, error)
    else:
        log.refresh_tokens_revoked(user)
