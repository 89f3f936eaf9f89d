"""A client on fakes."""

from random import Random

from pressroom.client.client import Client, ExchangeRecord
from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.graph.answers import UserId
from tests.fakes.clock import FakeClock
from tests.fakes.transport import FakeTransport, Step

TOKEN = "IGAAsecretsecretsecret"
USER = UserId("17841400000000000")
ACCOUNT = Account(token=Secret(TOKEN), user_id=USER)


class Desk:
    """A client on a scripted transport and a fake clock, with what it recorded."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.transport = FakeTransport()
        self.records: list[ExchangeRecord] = []

    def client(self, *steps: Step, account: Account = ACCOUNT, pacing: Pacing = ADAPTIVE) -> Client:
        self.transport = FakeTransport(*steps)
        return self.on(self.transport, account=account, pacing=pacing)

    def on(
        self, transport: FakeTransport, *, account: Account = ACCOUNT, pacing: Pacing = ADAPTIVE
    ) -> Client:
        return Client(
            account,
            transport,
            clock=self.clock,
            pacing=pacing,
            random=Random(1),  # noqa: S311  # the same jitter in every run
            on_exchange=self.records.append,
        )
