"""Calls about webhooks. Source: Webhooks, Setup."""

from pressroom.graph.answers import Page, SubscribedApp
from pressroom.graph.calls.call import Call


def subscribed_apps(node: str) -> Call[Page[SubscribedApp]]:
    """Describe the list of the apps that get an account's webhooks.

    node: the account's user id under Instagram Login, else its Page's id, with the Page's own token.
    Source: Webhooks, Setup; Page, Subscribed Apps.
    """
    return Call(method="GET", path=f"/{node}/subscribed_apps", answer=Page[SubscribedApp])
