"""Pages of materials: handing in with an account, versions, how far slides are, the files."""

import uuid

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from events import bringing, handing_in, reviewing, rules, slides
from events.access_forms import AccessForm, VerdictForm
from events.bringing import Bringer
from events.forms import HandInForm, LinkForm
from events.models import WIDTHS, Kind, Material, Resource, SlidePage, Talk, UploadLink
from events.views import crumbs_of_talk, visible_talk
from forums.services import CidReuseError
from people.files import private_file


def taken(request, form, talk, bringer) -> Material | None:
    """What came of a form with a file; None where something is wrong, said at its field."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return handing_in.hand_in(talk, bringer=bringer, **form.cleaned_data)
    except slides.RefusedError as refusal:
        form.add_error("file", str(refusal))
    except CidReuseError:
        form.add_error("file", _("This form was sent before with another file. Open it anew."))
    return None


def form_page(request, talk, form, **more):
    """The page that hands in, with the address for files that come in pieces (`uploads`)."""
    context = {"title": _("Hand in"), "talk": talk, "form": form, **more}
    return render(request, "events/upload.html", context, status=422 if form.errors else 200)


def _staffed(request, edition, slug) -> Talk:
    """A talk whose materials this person looks after."""
    talk = visible_talk(request, edition, slug)
    Bringer(by=request.user).check(talk)
    return talk


@login_required
def upload(request, edition, slug):
    talk = _staffed(request, edition, slug)
    known = {name: request.GET.get(name, "") for name in ("kind", "title")}
    initial = {"title": talk.title} | {name: text for name, text in known.items() if text}
    form = HandInForm(request.POST or None, request.FILES or None, initial=initial)
    if kept := taken(request, form, talk, Bringer(by=request.user)):
        return redirect(kept)
    uploads = reverse("events:tus_begin", args=[talk.pk])
    crumbs = crumbs_of_talk(talk, _("Hand in"))
    return form_page(request, talk, form, uploads=uploads, crumbs=crumbs)


@login_required
@require_safe
def materials(request, edition, slug):
    """Every version of everything, what is on its way, and the private links."""
    return _materials_page(request, _staffed(request, edition, slug))


def _access_forms(resources, refused):
    """A form for each resource, with what was typed where it was refused."""
    for row in resources:
        initial = {"access": row.access, "from_day": row.from_day, "licence": row.licence}
        form = AccessForm(initial=initial, auto_id=f"access_{row.pk}_%s")
        row.access_form = refused[1] if refused and refused[0] == row.pk else form
    return resources


def _materials_page(request, talk, form=None, access=None, verdict=None):
    keeps = rules.may_keep(request.user)
    context = {
        "title": _("Materials"),
        "talk": talk,
        "resources": _access_forms(handing_in.all_versions(talk), access),
        "verdict": verdict or VerdictForm(),
        "uploads": talk.uploads.select_related("by", "link"),
        "keeps": keeps,
        "links": talk.upload_links.select_related("made_by") if keeps else [],
        "form": form or (LinkForm(talk=talk, initial={"cid": uuid.uuid4()}) if keeps else None),
        "crumbs": crumbs_of_talk(talk, _("Materials")),
    }
    return render(
        request, "events/materials.html", context, status=422 if form or access or verdict else 200
    )


@login_required
@require_POST
def set_access(request, pk):
    rows = Resource.objects.filter(talk__in=Talk.objects.visible_to(request.user))
    resource = get_object_or_404(rows.select_related("talk__edition__audience"), pk=pk)
    Bringer(by=request.user).check(resource.talk)
    form = AccessForm(request.POST, auto_id=f"access_{resource.pk}_%s")
    if not form.is_valid():
        return _materials_page(request, resource.talk, access=(resource.pk, form))
    handing_in.set_access(resource, by=request.user, **form.cleaned_data)
    return redirect("events:materials", resource.talk.edition.slug, resource.talk.slug)


@login_required
@require_POST
def judge(request, pk):
    """Say whether slides are still true."""
    rows = Resource.objects.filter(kind=Kind.SLIDES, talk__in=Talk.objects.visible_to(request.user))
    resource = get_object_or_404(rows.select_related("talk__edition__audience"), pk=pk)
    Bringer(by=request.user).check(resource.talk)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _materials_page(request, resource.talk, verdict=form)
    reviewing.judge(resource, by=request.user, **form.cleaned_data)
    return redirect(resource.talk)


@login_required
@require_POST
def make_link(request, edition, slug):
    talk = _staffed(request, edition, slug)
    if not rules.may_keep(request.user):
        raise PermissionDenied(_("Only who keeps the programme makes private links."))
    form = LinkForm(request.POST, talk=talk)
    if not form.is_valid():
        return _materials_page(request, talk, form)
    bringing.make_link(talk, by=request.user, **form.cleaned_data)
    return redirect("events:materials", talk.edition.slug, talk.slug)


@login_required
@require_POST
def revoke_link(request, pk):
    rows = UploadLink.objects.filter(talk__in=Talk.objects.visible_to(request.user))
    link = get_object_or_404(rows.select_related("talk__edition"), pk=pk)
    bringing.revoke(link, by=request.user)
    return redirect("events:materials", link.talk.edition.slug, link.talk.slug)


def _material(request, pk) -> Material:
    """A material of a talk that this person may know of."""
    rows = Material.objects.filter(resource__talk__in=Talk.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("resource__talk__edition", "by", "link"), pk=pk)


@login_required
@require_safe
def material(request, pk):
    """How far it is: for those who handed it in."""
    material = _material(request, pk)
    if not rules.may_add_slides(request.user, material.talk):
        raise PermissionDenied(_("Only the speakers follow how their materials are prepared."))
    context = {
        "title": f"{material.resource.get_kind_display()}: {material.title}",
        "material": material,
        "done": material.pages.count(),
        "crumbs": crumbs_of_talk(material.talk, material.resource.get_kind_display()),
    }
    return render(request, "events/material.html", context)


@login_required
@require_POST
def again(request, pk):
    material = _material(request, pk)
    slides.try_again(material, by=request.user)
    return redirect(material)


@require_safe
def download(request, pk):
    """The newest version for readers; every one for those who look after it."""
    material = _material(request, pk)
    if not rules.may_fetch(request.user, material):
        raise Http404
    return private_file(
        request,
        material.file,
        etag=material.sha256,
        content_type="application/pdf" if material.ending == "pdf" else "application/octet-stream",
        as_attachment=True,
        filename=material.file_name,
    )


@require_safe
def picture(request, pk, width):
    visible = Resource.objects.visible_to(request.user)
    rows = SlidePage.objects.filter(material__resource__in=visible)
    page = get_object_or_404(rows.select_related("material"), pk=pk)
    file = page.small if width == WIDTHS[0] else page.large
    etag = f"{page.material.sha256[:32]}-{page.number}-{width}"
    return private_file(request, file, etag=etag, content_type="image/webp")
