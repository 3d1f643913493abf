from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template import RequestContext, Template

from sequere.exceptions import InvalidCursor
from sequere.models import get_followers
from tests.docs.blocks import ROOT, File, blocks
from tests.testapp.models import Project

TUTORIAL = ROOT / "docs" / "tutorial.md"


def projects(request: HttpRequest, *, scripts: bool = True) -> HttpResponse:
    context = {"projects": Project.objects.order_by("pk"), "scripts": scripts}
    return render(request, "browser/projects.html", context)


def project(request: HttpRequest, pk: int) -> HttpResponse:
    context = {"project": get_object_or_404(Project, pk=pk), "scripts": True}
    return render(request, "browser/project.html", context)


def followers(request: HttpRequest, pk: int) -> HttpResponse:
    """The view of docs/howto-infinite-scroll.md."""
    project = get_object_or_404(Project, pk=pk)
    try:
        page = get_followers(project).page(20, after=request.GET.get("after"))
    except InvalidCursor:
        raise Http404 from None
    names = [str(follower) for follower, _ in page.items]
    return JsonResponse({"followers": names, "next": page.next})


def tutorial(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an author in docs/tutorial.md, without its inline script, which the
    content security policy of this site forbids.
    """
    context = {"author": get_object_or_404(Project, pk=pk)}
    template = Template(tutorial_page().partition("<script>")[0])
    return HttpResponse(template.render(RequestContext(request, context)))


def tutorial_page() -> str:
    wanted = File("library/templates/library/author.html", False, None)
    return next(each.text for each in blocks(TUTORIAL) if each.file == wanted)


def icon(request: HttpRequest) -> HttpResponse:
    """Return no icon. Browsers request this file by themselves, and report a missing
    one.
    """
    return HttpResponse(status=204)
