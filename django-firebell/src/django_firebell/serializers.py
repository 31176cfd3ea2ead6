"""Adds the custom token to a project's own REST framework login.

Imports Django REST framework, so nothing imports this module in a project without it.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException

from django_firebell import errors, log, tokens


class FirebaseTokenRefused(APIException):
    """The user gets no custom token; the status and the sentence are those of `errors.answer`."""

    default_code = "firebase_token_refused"

    def __init__(self, error: errors.FirebellError) -> None:
        status, detail = errors.answer(error)
        self.status_code = status
        super().__init__(detail)


def issue(user: Any) -> tokens.CustomToken:
    """Give *user*'s custom token, or log why not and refuse as REST framework does.

    Raises:
        FirebaseTokenRefused: with 403, 500 or 503.

    """
    try:
        return tokens.custom_token(user)
    except errors.FirebellError as error:
        refused = FirebaseTokenRefused(error)
        log.custom_token_refused(user, error, errors.answer(error)[0])
        raise refused from error


class FirebaseTokenMixin(serializers.Serializer[Any]):
    """Adds `firebase_token` and `expires_in` to what a login serializer validates and answers.

    Put it first: `class LoginSerializer(FirebaseTokenMixin, AuthTokenSerializer)`. It mints in
    `validate`, after the other class has accepted the login, and therefore serves views that answer
    `serializer.data` and views that answer `serializer.validated_data`.
    """

    firebase_token = serializers.CharField(read_only=True)
    expires_in = serializers.IntegerField(
        read_only=True, help_text="Remaining life of firebase_token, in seconds."
    )

    def validate(self, attrs: Any) -> Any:
        """Let the other class validate, then add the custom token.

        Raises:
            FirebaseTokenRefused: with 403, 500 or 503; the login is refused with it.

        """
        validated = super().validate(attrs)
        return {**validated, **issue(self.get_firebase_user(validated)).as_json()}

    def get_firebase_user(self, validated: Any) -> Any:
        """Find who has logged in: `validated["user"]`, or else `self.user`.

        Override it where the other class puts the user elsewhere.

        Raises:
            TypeError: neither is there.

        """
        user = validated.get("user") or getattr(self, "user", None)
        if user is None:
            raise TypeError(
                f"{type(self).__name__} does not say who has logged in:"
                " override get_firebase_user, or list FirebaseTokenMixin first."
            )
        return user
