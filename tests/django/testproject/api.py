"""What a project with REST framework writes: own logins, and views with own authentications."""

from typing import Any

from django.contrib.auth.models import User
from django.urls import path
from rest_framework.authentication import BaseAuthentication, TokenAuthentication
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, Serializer
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.views import TokenObtainPairView

from django_firebell.api_view import FirebaseTokenView
from django_firebell.serializers import FirebaseTokenMixin


class LetsEverybodyThrough(BaseAuthentication):
    """Names the user of a header, active or not."""

    def authenticate(self, request: Request) -> tuple[User, None]:
        return User.objects.get(username=request.headers["X-User"]), None


class ByApiToken(FirebaseTokenView):
    authentication_classes = (TokenAuthentication,)


class ByJwt(FirebaseTokenView):
    authentication_classes = (JWTAuthentication,)


class ByHeader(FirebaseTokenView):
    authentication_classes = (LetsEverybodyThrough,)


class LoginSerializer(FirebaseTokenMixin, AuthTokenSerializer):
    """Answers through `serializer.data`."""


class PairSerializer(FirebaseTokenMixin, TokenObtainPairSerializer):
    """Answers through `validated_data`, and keeps the user on itself."""


class WrongOrderSerializer(FirebaseTokenMixin, Serializer[Any]):
    username = CharField()


class Login(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        serializer = LoginSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


urlpatterns = [
    path("by-api-token/", ByApiToken.as_view()),
    path("by-jwt/", ByJwt.as_view()),
    path("by-header/", ByHeader.as_view()),
    path("login/", Login.as_view()),
    path("pair/", TokenObtainPairView.as_view(serializer_class=PairSerializer)),
]
