"""Which language an answer speaks: the one chosen on this browser, else what it accepts, else the office's own."""

from typing import Annotated

from fastapi import Depends, Request

from services.api import words
from services.api.web.deps import deps_of
from services.api.words import Words


def words_of_request(request: Request) -> Words:
    """Return the words to answer a request with."""
    default = deps_of(request).settings.api.language
    cookie, accepted = request.cookies.get(words.COOKIE), request.headers.get("accept-language", "")
    return words.words_of(words.chosen(cookie, accepted, default))


WordsDep = Annotated[Words, Depends(words_of_request)]
