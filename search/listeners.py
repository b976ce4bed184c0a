"""The one listener between rooms: a change of a model with documents changes them with it."""

from functools import partial

from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from search import index
from search.documents import SOURCES, Source


def connect() -> None:
    for source in SOURCES:
        name = f"search.{source.prefix}"
        post_save.connect(
            partial(_saved, source), sender=source.model, weak=False, dispatch_uid=f"{name}.save"
        )
        post_delete.connect(
            partial(_deleted, source), sender=source.model, weak=False, dispatch_uid=f"{name}.gone"
        )
        for model, find in source.touched_by.items():
            follow = partial(_touched, source, find)
            uid = f"{name}.{model._meta.label}"
            post_save.connect(follow, sender=model, weak=False, dispatch_uid=f"{uid}.save")
            post_delete.connect(follow, sender=model, weak=False, dispatch_uid=f"{uid}.gone")


def _saved(source: Source, sender: type[Model], instance: Model, raw: bool = False, **kwargs):
    if not raw:
        index.refresh(source, instance.pk)


def _deleted(source: Source, sender: type[Model], instance: Model, **kwargs):
    index.forget(source, instance.pk)


def _touched(source: Source, find, sender: type[Model], instance: Model, **kwargs):
    owner = find(instance)
    if owner is not None:
        index.refresh(source, owner.pk)
