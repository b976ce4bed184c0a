from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from notifications import services

PAGE_SIZE = 30


@login_required
def notice_list(request):
    rows = Paginator(request.user.notices.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "notifications/list.html", {"rows": rows, "title": _("Notices")})


@login_required
@require_POST
def open_notice(request, pk):
    """Mark one notice as read and go where it points."""
    notice = get_object_or_404(request.user.notices, pk=pk)
    services.mark_read(request.user, notice=notice)
    return redirect(notice.url)


@login_required
@require_POST
def read_all(request):
    services.mark_read(request.user)
    return redirect("notifications:list")
