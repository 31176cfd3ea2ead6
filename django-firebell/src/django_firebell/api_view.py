"""Answers a user's request for a custom token, whichever REST framework authentication named them.

Imports Django REST framework; see `views` for who imports this.
"""

from http import HTTPStatus

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_firebell.serializers import issue


@method_decorator(cache_control(no_store=True), name="dispatch")
class FirebaseTokenView(APIView):
    """POST → `{"firebase_token", "expires_in"}` for the authenticated user.

    The project's DEFAULT_AUTHENTICATION_CLASSES apply; name others in `authentication_classes` of
    a subclass. With SessionAuthentication among them, a session needs the `X-CSRFToken` header.
    Errors are REST framework's `{"detail"}`: 401, 403, 500 and 503 as in `session_view`.
    """

    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        """Hand out the custom token of the authenticated user."""
        return Response(issue(request.user).as_json())

    def handle_exception(self, exc: Exception) -> Response:
        """Answer 401 to whoever is nobody, always.

        REST framework makes it 403 when the first authentication class (SessionAuthentication by
        default) has no WWW-Authenticate header to offer.
        """
        response = super().handle_exception(exc)
        if isinstance(exc, NotAuthenticated | AuthenticationFailed):
            response.status_code = HTTPStatus.UNAUTHORIZED
        return response
