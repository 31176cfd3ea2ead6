"""Answers a signed-in user's request for a custom token, in a project without REST framework.

Whoever Django's own middleware put on the request is the user; nothing else is authenticated here.
"""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_control

from django_firebell import errors, log, tokens


@method_decorator(cache_control(no_store=True), name="dispatch")
class FirebaseTokenView(View):
    """POST → `{"firebase_token", "expires_in"}` for the session's user.

    It is POST because it mints a credential, and so that Django's CSRF protection guards it: send
    the `X-CSRFToken` header as for any form. Errors are `{"detail"}`: 401 not signed in, 403
    inactive, 500 no usable uid or claims, 503 Firebase not available; each 5xx is one line in the
    log.
    """

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> JsonResponse:
        """Hand out the custom token of the signed-in user."""
        if not request.user.is_authenticated:
            detail = "Authentication credentials were not provided."
            return JsonResponse({"detail": detail}, status=HTTPStatus.UNAUTHORIZED)
        try:
            return JsonResponse(tokens.custom_token(request.user).as_json())
        except errors.FirebellError as error:
            status, detail = errors.answer(error)
            log.custom_token_refused(request.user, error, status)
            return JsonResponse({"detail": detail}, status=status)
