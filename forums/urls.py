from django.urls import path

import people.converters  # noqa: F401 (registers "row")
from forums import draft_views, feeds, file_views, import_views, life_views, views, writing_views

app_name = "forums"
urlpatterns = [
    path("pools/", views.pools, name="pools"),
    path("pools/<row:pk>/ask/", writing_views.ask, name="ask"),
    path("pools/<row:pk>/join/", views.join, name="join"),
    path("pools/<row:pk>/people/", views.pool_people, name="people"),
    path("topics/<row:pk>/", views.topic_detail, name="topic"),
    path("topics/<row:pk>/reply/", writing_views.reply, name="reply"),
    path("topics/<row:pk>/accept/", views.mark, {"accepted": True}, name="accept"),
    path("topics/<row:pk>/unaccept/", views.mark, {"accepted": False}, name="unaccept"),
    path("topics/<row:pk>/same/", views.switch, {"what": "same"}, name="same"),
    path("topics/<row:pk>/watch/", views.switch, {"what": "watch"}, name="watch"),
    path("posts/<row:pk>/edit/", writing_views.edit, name="edit"),
    path("posts/<row:pk>/history/", life_views.history, name="history"),
    path("posts/<row:pk>/restore/", life_views.restore, name="restore"),
    path("posts/<row:pk>/files/", file_views.files, name="files"),
    path("posts/<row:pk>/files/remove/", file_views.detach, name="detach"),
    path("attachments/<row:pk>/", file_views.attachment, name="attachment"),
    path("attachments/<row:pk>/file/", file_views.attachment_file, name="attachment_file"),
    path("topics/<row:pk>/curate/", life_views.curate, name="curate"),
    path("topics/<row:pk>/merge/", life_views.merge, name="merge"),
    path("topics/<row:pk>/split/", life_views.split, name="split"),
    path("topics/<row:pk>/move/", life_views.move, name="move"),
    path("acts/<row:pk>/undo/", life_views.undo, name="undo"),
    path("topics/<row:pk>/confirm/", life_views.confirm, name="confirm"),
    path("topics/<row:pk>/obsolete/", life_views.obsolete, name="obsolete"),
    path("topics/<row:pk>/review/", life_views.review, name="review"),
    path("topics/<row:pk>/take/", life_views.take, name="take"),
    path("drafts/", draft_views.drafts, name="drafts"),
    path("drafts/<uuid:cid>/", draft_views.draft, name="draft"),
    path("drafts/<uuid:cid>/discard/", draft_views.discard, name="discard"),
    path("stale/", life_views.stale, name="stale"),
    path("pools/<row:pk>/waiting/", life_views.waiting, name="waiting"),
    path("pools/<row:pk>/import/", import_views.import_topics, name="import"),
    path("imports/<row:pk>/", import_views.import_report, name="import_report"),
    path("feed/", feeds.TopicsFeed(), name="feed"),
    path("pools/<row:pk>/feed/", feeds.PoolFeed(), name="pool_feed"),
    path("tags/<str:tag>/feed/", feeds.TagFeed(), name="tag_feed"),
]
