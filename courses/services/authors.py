"""What the group of authors may do in the editor."""

from django.contrib.auth.models import Group, Permission
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

AUTHORS = "author"
MODELS = ("question", "quiz")  # of the bank, chosen and made from a unit
FILES = [f"{verb}_{kind}" for verb in ("add", "change", "choose") for kind in ("image", "document")]


def let_authors_edit(index: Page) -> None:
    """Authors write, change and publish below `index`, with pictures, files and questions.

    Safe to repeat.
    """
    authors, _made = Group.objects.get_or_create(name=AUTHORS)
    bank = [f"{verb}_{model}" for verb in ("view", "add", "change") for model in MODELS]
    authors.permissions.add(
        Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"),
        *Permission.objects.filter(content_type__app_label="assessments", codename__in=bank),
    )
    for permission in Permission.objects.filter(
        content_type__app_label="wagtailcore",
        codename__in=["add_page", "change_page", "publish_page"],
    ):
        GroupPagePermission.objects.get_or_create(group=authors, page=index, permission=permission)
    for permission in Permission.objects.filter(
        content_type__app_label__in=["wagtailimages", "wagtaildocs"], codename__in=FILES
    ):
        GroupCollectionPermission.objects.get_or_create(
            group=authors, collection=Collection.get_first_root_node(), permission=permission
        )
