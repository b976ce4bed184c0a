from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from notifications import bounces, opening, queries, rules, sections, services, tokens
from notifications.forms import AddressForm, PreferenceForm
from notifications.incoming import decide_held
from notifications.models import IncomingMail, Preference
from notifications.threads import NotTakenError
from people.models import User

PAGE_SIZE = 30


@login_required
def notice_list(request):
    rows = Paginator(request.user.notices.in_app(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"rows": rows, "title": _("Notices")}
    return render(request, "notifications/list.html", context)


@login_required
@require_POST
def open_notice(request, pk):
    """Mark one notice as read and go where it points."""
    notice = get_object_or_404(request.user.notices.in_app(), pk=pk)
    services.mark_read(request.user, notice=notice)
    return redirect(notice.url)


@login_required
@require_POST
def read_all(request):
    services.mark_read(request.user)
    return redirect("notifications:list")


# --- What a person wants by mail ------------------------------------------------------------


@login_required
def preferences(request):
    """What comes by mail and when; whether mails to the person's address come back."""
    person = request.user
    wish = services.wishes_of([person])[person.pk]
    form = PreferenceForm(
        request.POST if request.method == "POST" else None,
        initial={"mails": wish.mails, "quiet": wish.quiet},
    )
    if request.method == "POST" and form.is_valid():
        services.set_preference(person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences")
    context = {
        "form": form,
        "ended": sections.ended_by(person),
        "bounced": queries.bounced(person.email),
        "keeps_mail": rules.may_keep_mail(person),
        "replies": settings.MAIL_DOMAIN,
        "title": _("Notices by mail"),
        "crumbs": [(_("Notices"), reverse("notifications:list")), (_("Notices by mail"), None)],
    }
    status = 422 if form.errors else 200
    return render(request, "notifications/preferences.html", context, status=status)


@csrf_exempt  # mail programs post here in one click (RFC 8058); the signed address is the proof
def unsubscribe(request, token):
    """No more mail for the person whom the address was made for, without signing in."""
    pk = tokens.read_unsubscribe_token(token)
    person = User.objects.filter(pk=pk).first() if pk else None
    if person is None:
        raise Http404
    if request.method == "POST":
        again = "again" in request.POST
        services.set_preference(
            person,
            mails=Preference.Mails.AT_ONCE if again else Preference.Mails.NONE,
            quiet=services.wishes_of([person])[person.pk].quiet,
        )
    context = {
        "wish": services.wishes_of([person])[person.pk],
        "title": _("Mail from %(site)s") % {"site": settings.WAGTAIL_SITE_NAME},
    }
    return render(request, "notifications/unsubscribe.html", context)


def section(request, token):
    """End one part of the weekly mail, without signing in; opening the address ends nothing:
    programs that look for viruses open every link of a mail."""
    found = tokens.read_section_token(token)
    person = User.objects.filter(pk=found[0]).first() if found else None
    label = sections.label_of(found[1], person) if found and person else ""
    if not (found and person and label):
        raise Http404
    if request.method == "POST":
        change = sections.bring_again if "again" in request.POST else sections.end
        change(person, found[1])
    context = {
        "label": label,
        "ended": found[1] in sections.ended_by(person),
        "title": _("Your weekly mail: %(section)s") % {"section": label},
    }
    return render(request, "notifications/section.html", context)


@login_required
@require_POST
def bring_again(request):
    """Set a part of the weekly mail again that was ended."""
    sections.bring_again(request.user, request.POST.get("section", ""))
    messages.success(request, _("It is in your weekly mail again."))
    return redirect("notifications:preferences")


def confirm(request, token):
    """What a held mail would post, shown to whoever has the link that its address was sent.

    Opening the address posts nothing: programs that look for viruses open every link of a mail.
    """
    row = opening.waiting(token)
    if row is None:
        raise Http404
    status = 200
    if request.method == "POST":
        try:
            row = opening.confirm(row, own=request.POST.get("act") == "post")
        except NotTakenError as error:
            messages.error(request, str(error))
            status = 409
    context = {"row": row, "files": row.files.all(), "title": _("Is this mail from you?")}
    return render(request, "notifications/confirm.html", context, status=status)


@login_required
@require_POST
def try_again(request):
    """Send mail to an address again that was given up: the own one, or any for registrars."""
    form = AddressForm(request.POST)
    if not form.is_valid():  # nobody types it: the page fills it in
        raise Http404
    bounces.try_again(form.cleaned_data["address"], by=request.user)
    messages.success(request, _("Mail is sent to the address again."))
    back = "mails" if rules.may_keep_mail(request.user) else "preferences"
    return redirect(f"notifications:{back}")


# --- What registrars look at ------------------------------------------------------------------


@login_required
def mails(request):
    """Held mails, addresses that fail, and how the outbox stands."""
    rules.need_mail_keeper(request.user)
    context = {
        "held": Paginator(queries.held(), PAGE_SIZE).get_page(request.GET.get("page")),
        "failing": queries.failing(),
        "outbox": queries.outbox_states(),
        "title": _("Mail in and out"),
        "crumbs": [(_("Notices"), reverse("notifications:list")), (_("Mail in and out"), None)],
    }
    return render(request, "notifications/mails.html", context)


@login_required
@require_POST
def decide(request, pk):
    """Post a held mail in the name of its person, or refuse it."""
    rules.need_mail_keeper(request.user)
    row = get_object_or_404(IncomingMail, pk=pk, door="")
    try:
        row = decide_held(row, by=request.user, accept=request.POST.get("act") == "accept")
    except NotTakenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, row.reason)
    return redirect("notifications:mails")
