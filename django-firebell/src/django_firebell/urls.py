"""Maps the one URL: `path("api/firebase-token/", include("django_firebell.urls"))`."""

from django.urls import path

from django_firebell.views import FirebaseTokenView

app_name = "firebell"

urlpatterns = [path("", FirebaseTokenView.as_view(), name="token")]
