from accounts.views import LoginView
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/login/", LoginView.as_view()),
    path("api/firebase-token/", include("django_firebell.urls")),
]
