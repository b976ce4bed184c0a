from datetime import timedelta

from django.db import migrations

from people.append_only import append_only


def set_review_dates(apps, schema_editor):
    """Every accepted answer is looked at again a year after it was accepted."""
    topics = apps.get_model("forums", "Topic").objects.filter(posts__accepted_at__isnull=False)
    for topic in topics.prefetch_related("posts").iterator(chunk_size=500):
        accepted = next(post.accepted_at for post in topic.posts.all() if post.accepted_at)
        topic.review_by = accepted.date() + timedelta(days=365)
        topic.save(update_fields=["review_by"])


class Migration(migrations.Migration):
    dependencies = [("forums", "0003_life_of_topics")]

    operations = [
        append_only("forums_topicact"),
        migrations.RunPython(set_review_dates, migrations.RunPython.noop, elidable=True),
    ]
