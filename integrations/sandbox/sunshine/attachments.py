"""``/apps/{appId}/attachments``: files for messages."""

import secrets
from urllib.parse import quote, urlsplit

from django.http import Http404, HttpRequest, HttpResponse

from integrations.sandbox.models import MediaFile
from integrations.sandbox.sunshine.answers import bad_request, done, refuse
from integrations.sandbox.sunshine.gate import MOST_UPLOAD, Call


def upload(call: Call) -> HttpResponse:
    """POST multipart ``source``, with ``access=public``: 201 with the URL to put in a message."""
    found = call.request.FILES.get("source")
    if call.arg("access") != "public" or found is None:
        raise bad_request("Bad request")
    content = found.read()
    if len(content) > MOST_UPLOAD:
        raise refuse(413)
    row = MediaFile.objects.create(
        app=call.app,
        token=secrets.token_hex(13).upper(),
        name=(found.name or "file")[:255],
        content_type=(found.content_type or "application/octet-stream")[:128],
        content=content,
    )
    url = f"{call.base}/attachments/v2/{row.token}/{quote(row.name)}"
    return done({"attachment": {"mediaUrl": url, "mediaType": row.content_type}}, 201)


def remove(call: Call) -> HttpResponse:
    """POST …/remove: by its ``mediaUrl``."""
    url = str(call.body().get("mediaUrl") or "")
    parts = urlsplit(url).path.split("/")
    if "attachments" not in parts or not url.startswith(call.base):
        raise bad_request(f"Unsupported media URL for attachment deletion: {url}")
    gone, _kinds = MediaFile.objects.filter(app=call.app, token=parts[-2]).delete()
    if not gone:
        raise refuse(404, "Attachment not found")
    return done()


def download(request: HttpRequest, subdomain: str, token: str, name: str) -> HttpResponse:
    """The file itself; its address is enough."""
    row = MediaFile.objects.filter(app__account__subdomain=subdomain, token=token).first()
    if row is None:
        raise Http404
    response = HttpResponse(bytes(row.content), content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
