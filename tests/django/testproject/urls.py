"""The view as a project includes it, and each kind under a path of its own."""

from django.conf import settings
from django.urls import include, path

from django_firebell.session_view import FirebaseTokenView

urlpatterns = [
    path("firebase-token/", include("django_firebell.urls")),
    path("by-session/", FirebaseTokenView.as_view()),
]

if settings.HAS_REST_FRAMEWORK:
    from testproject.api import urlpatterns as api

    urlpatterns += api
