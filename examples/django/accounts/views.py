"""The project's own login: its API token, and beside it the Firebase custom token."""

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_firebell.serializers import FirebaseTokenMixin


class LoginSerializer(FirebaseTokenMixin, AuthTokenSerializer):
    def validate(self, attrs: Any) -> Any:
        validated = super().validate(attrs)
        api_token, _ = Token.objects.get_or_create(user=validated["user"])
        return {**validated, "token": api_token.key}


@method_decorator(cache_control(no_store=True), name="dispatch")
class LoginView(APIView):
    """POST {username, password} → {token, firebase_token, expires_in}."""

    authentication_classes = ()  # a login needs none, and a stale API token must not stop it
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        serializer = LoginSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)
