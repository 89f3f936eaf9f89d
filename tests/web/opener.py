"""Signing in to pages that another process serves, by urllib."""

from urllib.parse import urljoin
from urllib.request import OpenerDirector

from tests.patience import patience


def sign_in(browser: OpenerDirector, link: str) -> str:
    """Open a link that signs in, and press its button; return the address of the page that follows."""
    with browser.open(link, timeout=patience(30)) as page:
        assert b'<form method="post" action="/sign-in">' in page.read()
    with browser.open(urljoin(link, "/sign-in"), b"", timeout=patience(30)) as answer:
        return str(answer.url)
