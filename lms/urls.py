from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

import people.converters  # noqa: F401 (registers "row")
from courses import views as course_views
from live.announce_views import join
from lms import views
from lms.api import api

handler400 = "lms.views.bad_request"
handler403 = "lms.views.forbidden"
handler404 = "lms.views.not_found"
handler500 = "lms.views.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("me/", views.my_page, name="my_page"),
    path("me/learning/", views.my_learning, name="my_learning"),
    path("me/pools/", views.my_inbox, name="my_inbox"),
    path("about/", views.about, name="about"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("people/", include("people.urls")),
    path("notices/", include("notifications.urls")),
    path("competencies/", include("competencies.urls")),
    path("quizzes/", include("assessments.urls")),
    path("learn/", include("courses.urls")),
    path("", include("certification.urls")),
    path("forum/pools/<row:pk>/state/", views.pool_state, name="pool_state"),
    path("forum/", include("forums.urls")),
    path("moderation/", include("moderation.urls")),
    path("desk/", include("desk.urls")),
    path("j/<str:code>", join, name="join"),
    path("live/", include("live.urls")),
    path("", include("events.urls")),
    path("search/", include("search.urls")),
    path("api/v1/", api.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    re_path(r"^media/(?P<path>.*)$", course_views.uploaded, name="media"),
    path(
        "favicon.ico",
        RedirectView.as_view(url=f"{settings.STATIC_URL}img/icon.svg"),
        name="favicon",
    ),
    path("", include(wagtail_urls)),
]
