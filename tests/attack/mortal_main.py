"""The API in a process that kills itself at a moment that a request names. Arguments: HOME [DATABASE_URL]."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from pressroom.api.app import api_app
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Mask, Settings
from pressroom.service import Pressroom
from pressroom.service.programs.programs import Programs
from pressroom.serving.limits import limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import listen
from tests.attack.mortal import End, Mortal, mortals, serving

settings = Settings(home=Path(sys.argv[1]), database_url=Secret(sys.argv[2]) if sys.argv[2:] else None)


async def main() -> None:
    async with Pressroom(settings=settings, actor=Actor(ActorKind.PERSON, "anna")) as owner:
        programs = Programs(
            owner, lambda actor, name: Pressroom(settings=settings, actor=actor, account_name=name)
        )
        api, listener = api_app(programs, mask=Mask()), listen()

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            at = dict(scope["headers"]).get(b"killed-at", b"0").decode()
            server = Mortal(
                End.KILL,
                int(at) if at.isdecimal() else at,
                die=lambda: os.kill(os.getpid(), signal.SIGKILL),
            )
            serving.set(server)
            await server.app(api)(scope, receive, send)

        with mortals():
            async with running(answer, listener, limited()):
                print(listener.getsockname()[1], flush=True)  # noqa: T201  # the test waits for it
                await asyncio.Event().wait()


asyncio.run(main())
