"""Atom feeds of topics: of the site, a pool, a tag. Each reader gets what they may read."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from forums.models import ExpertPool, Post, Topic
from people.feeds import ReadersFeed

ENTRIES = 30


class TopicsFeed(ReadersFeed):
    """Topics by when they moved last; `narrow` says which."""

    def get_object(self, request, **kwargs):
        return {"reader": request.user, "path": request.path, **kwargs}

    def title(self, chosen):
        return _("Questions and discussions")

    def link(self, chosen):
        return reverse("forums:pools")

    def feed_url(self, chosen):
        return chosen["path"]

    def narrow(self, topics, chosen):
        return topics

    def items(self, chosen):
        topics = Topic.objects.visible_to(chosen["reader"]).select_related("asker", "pool")
        topics = list(self.narrow(topics, chosen).order_by("-updated", "-pk")[:ENTRIES])
        questions = Post.objects.filter(topic__in=topics, number=1)
        html = dict(questions.values_list("topic", "html"))
        for topic in topics:
            topic.question_html = html.get(topic.pk, "")
        return topics

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.question_html

    def item_author_name(self, item):
        return item.asked_by

    def item_pubdate(self, item):
        return item.created

    def item_updateddate(self, item):
        return item.updated

    def item_categories(self, item):
        return [item.pool.title]


class PoolFeed(TopicsFeed):
    def get_object(self, request, **kwargs):
        pool = get_object_or_404(ExpertPool.objects.visible_to(request.user), pk=kwargs["pk"])
        return super().get_object(request, pool=pool)

    def title(self, chosen):
        return chosen["pool"].title

    def link(self, chosen):
        return chosen["pool"].address

    def narrow(self, topics, chosen):
        return topics.filter(pool=chosen["pool"])


class TagFeed(TopicsFeed):
    def get_object(self, request, **kwargs):
        tag = kwargs["tag"]
        chosen = super().get_object(request, tag=tag)
        visible = Topic.objects.visible_to(request.user)
        # A tag of what others may read is not there.
        if "\x00" in tag or not visible.filter(tags__name=tag).exists():
            raise Http404
        return chosen

    def title(self, chosen):
        return _("Tag “%(tag)s”") % {"tag": chosen["tag"]}

    def narrow(self, topics, chosen):
        return topics.filter(tags__name=chosen["tag"])
