"""`Sandbox`: a stateful simulator of the Instagram Graph API, ready to be called."""

import inspect
import random
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.shortage import require_temporary_folder
from pressroom.graph.answers import MediaId, MediaProductType, UserId
from pressroom.graph.hosts import LoginType, logins_of_token
from pressroom.sandbox import surface
from pressroom.sandbox.calls.app import GraphApp
from pressroom.sandbox.calls.later import Later
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.faults import Faults
from pressroom.sandbox.fetching.download import RealFetcher, TrustingFetcher
from pressroom.sandbox.fetching.fetching import Fetching
from pressroom.sandbox.reading.media import permalink_path
from pressroom.sandbox.recording.recorder import Recorder
from pressroom.sandbox.recording.replay import Replay
from pressroom.sandbox.recording.replay import replay as replay_on
from pressroom.sandbox.settings import Fetch, SandboxSettings
from pressroom.sandbox.state.ids import invented_token, is_invented
from pressroom.sandbox.state.seeding import (
    AccountSeed,
    Planted,
    Year,
    another_user_id,
    plant_year,
    seed_account,
)
from pressroom.sandbox.state.snapshot import (
    Snapshot,
    load_snapshot,
    pack_files,
    parse_snapshot,
    restore_world,
    save_snapshot,
    snapshot_of,
    unpack_files,
)
from pressroom.sandbox.state.world import World
from pressroom.sandbox.uploads import ROOM, UploadApp
from pressroom.sandbox.webhooks import Postman
from pressroom.sandbox.wire.answer import AsgiApp, Receive, Scope, Send, send_answer
from pressroom.sandbox.wire.hosts import HostNames, host_of, unknown_host_answer
from pressroom.sandbox.wire.log import CallLog, CallRecord

# The control API, the page and the permalinks; every other path is the Graph API's or an upload.
_OWN_PATHS = ("/_sandbox", "/p/", "/reel/", "/stories/")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMedia:
    """One published media, as a test asks for it. `kind` is photo, reel, story or carousel."""

    id: MediaId
    kind: str
    product_type: MediaProductType
    caption: str | None
    created_at: datetime
    container_id: str | None
    permalink_path: str


class Sandbox:
    """The simulator. `app` is an ASGI app; `server.serving` serves it on a port.

    token: of the account; a new one each time, unless set. faults: the faults to inject.
    clock: the sandbox's own time, which tests move.
    """

    def __init__(self, settings: SandboxSettings | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self.settings: Final = settings or SandboxSettings()
        self.clock: Final = SandboxClock(clock)
        self.faults: Final = Faults(self.clock.unix, surface.CALL_NAMES)
        # Random at each start: a token that is the same on every machine would protect nothing.
        self.token: str = self.settings.token or invented_token(self.settings.login)
        self._home: Path | None = self.settings.data_dir
        if self._home is None and self.settings.state_file is not None:
            # A state that survives a restart points at its files, so they must survive too.
            self._home = self.settings.state_file.parent / "files"
        self._delete_home: weakref.finalize[..., Sandbox] | None = None
        real = RealFetcher(self._make_home, anywhere=self.settings.fetch == "anywhere")
        fetcher = TrustingFetcher(real) if self.settings.fetch == "trust" else real
        world = World(self.settings.random_seed)
        self.scene: Final = Scene(
            settings=self.settings,
            names=HostNames(self.settings.allow_hosts, self.settings.public_base),
            clock=self.clock,
            world=world,
            fetching=Fetching(fetcher, self.faults),
            faults=self.faults,
            log=CallLog(world.tokens),
            home=self._make_home,
            postman=Postman(world, self.clock.unix, self.settings, self._save_change),
            randomness=random.Random(self.settings.random_seed),  # noqa: S311  # no secret
            happen=Later(surface),
        )
        self._graph = GraphApp(self.scene, surface)
        self._saved_after = (0, 0)
        self._user_id = self.settings.user_id
        self._begin()
        if self.settings.state_file is not None and self.settings.state_file.exists():
            self._restore_after_restart(load_snapshot(self.settings.state_file))
        self.recorder: Recorder | None = None
        if self.settings.record_file is not None:
            self.record(self.settings.record_file)

    def record(self, path: Path | None) -> None:
        """Write every call from now on to a file, replacing its content; None stops."""
        self.recorder = None
        if path is not None:
            # With every token, real ones included: the recorder must know them to hide them.
            world = self.scene.world
            snapshot = snapshot_of(world, self.scene.settle(), list(world.tokens.values()))
            snapshot.faults = self.faults.list()
            pack_files(snapshot, self._home)
            self.recorder = Recorder(path, self.scene, snapshot)

    async def replay(self, path: Path, *, fetch: Fetch | None = None) -> Replay:
        """Make the calls of a recording again, on a fresh sandbox; see the function `replay`."""
        return await replay(path, fetch=fetch)

    @property
    def user_id(self) -> UserId:
        """The account's id: the one set, or the first of an imported state that lacks it."""
        return self._user_id

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        if scope["type"] == "lifespan":
            # ASGI servers that start apps ask for this; there is nothing to set up.
            while (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        # Before any path: by DNS rebinding any web page could else publish, and read fetched files.
        elif scope["type"] == "http" and not self.scene.names.are_served(host_of(scope)):
            await send_answer(send, unknown_host_answer(host_of(scope), scope["path"]))
        elif scope["type"] == "http" and self.recorder is not None:
            await self.recorder.carry(self._front(scope), scope, receive, send)
        elif scope["type"] == "http":
            await self._front(scope)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _front(self, scope: Scope) -> AsgiApp:
        path: str = scope["path"]
        if path.lstrip("/").startswith(ROOM):
            return UploadApp(self.scene)
        if not path.startswith(_OWN_PATHS):
            return self._graph
        from pressroom.sandbox.page.app import front  # noqa: PLC0415  # a client that only calls needs no page

        return front(self.controls, scope)

    @property
    def controls(self) -> Controls:
        """What the control API and the page act on."""
        return Controls(self)

    @property
    def media(self) -> list[PublishedMedia]:
        """The published media, stories included, newest first."""
        self.scene.settle()
        world = self.scene.world
        every = [*world.feeds[self.user_id], *world.stories[self.user_id]]
        every.sort(key=lambda media: media.key, reverse=True)
        username = world.accounts[self._user_id].username
        return [
            PublishedMedia(
                id=MediaId(media.id),
                kind=media.kind.value,
                product_type=media.product,
                caption=media.caption,
                created_at=datetime.fromtimestamp(media.created_at, UTC),
                container_id=media.container_id,
                permalink_path=permalink_path(media, username),
            )
            for media in every
        ]

    def calls(self, path_suffix: str | None = None, method: str | None = None) -> list[CallRecord]:
        """Give the calls made so far, oldest first, narrowed to a path's end and a method."""
        return [
            record
            for record in self.scene.log.records()
            if (path_suffix is None or record.path.rstrip("/").endswith(path_suffix))
            and method in (None, record.method)
        ]

    def reset(self) -> None:
        """Return to the start: the account with its seeded media, and nothing else, at the real time."""
        self.clock.reset()
        self.faults.clear()
        self.scene.log.clear()
        self.scene.world.clear()
        # The random state as well: the same calls after a reset get the same ids and numbers.
        self.scene.randomness.seed(self.settings.random_seed)
        self._user_id = self.settings.user_id
        self._graph.forget_usage()
        self.scene.allowances.clear()
        self._begin()

    def export_state(self) -> bytes:
        """Give everything that exists as JSON; of tokens only invented ones, and no faults or calls.

        It includes fetched files of up to 1 MB; where it is imported, larger pictures are drawn instead.
        """
        snapshot = self._snapshot()
        pack_files(snapshot, self._home)
        return msgspec.json.encode(snapshot)

    def import_state(self, raw: bytes) -> None:
        """Replace everything by an exported state. Raises ValueError for anything else."""
        self._restore(parse_snapshot(raw))

    def save(self) -> None:
        """Write the state to its file, if it has one and something happened since the last write."""
        # Calls and changes are counted apart: orders and late effects change the state without a call.
        path, happened = self.settings.state_file, (self.scene.log.last, self.scene.changes)
        if path is not None and self._saved_after != happened:
            snapshot = self._snapshot()
            snapshot.faults, snapshot.factor = self.faults.list(), self.clock.factor
            # A token that was set may be a real one; only invented ones are written to disk.
            snapshot.token = self.token if is_invented(self.token) else None
            save_snapshot(path, snapshot)
            self._saved_after = happened  # only now: a save that failed is tried again

    def _save_change(self) -> None:
        self.scene.changes += 1
        self.save()

    def _snapshot(self) -> Snapshot:
        now = self.scene.settle()
        tokens = [token for token in list(self.scene.world.tokens.values()) if is_invented(token.text)]
        return snapshot_of(self.scene.world, now, tokens)

    def _restore_after_restart(self, snapshot: Snapshot) -> None:
        """Restore the state, its token, the planned faults and the clock's pace."""
        # Only a token that the state holds: any other would let nobody in.
        if self.settings.token is None and any(token.text == snapshot.token for token in snapshot.tokens):
            self.token = snapshot.token or self.token
        self._restore(snapshot)
        self.faults.restore(snapshot.faults)
        if snapshot.factor != 1:
            self.clock.run(snapshot.factor)

    def _restore(self, snapshot: Snapshot) -> None:
        # This sandbox's token stays valid after an import: its client need not be configured anew.
        world = self.scene.world
        own_token = world.tokens.get(self.token)
        unpack_files(snapshot, self._home, self._make_home)
        restore_world(world, snapshot)
        # Forward only: nothing of the state may lie in the future, and a later clock is right as it is.
        if snapshot.now > self.clock.unix():
            self.clock.set(datetime.fromtimestamp(snapshot.now, UTC))
        if self.settings.user_id in world.accounts:
            self._user_id = self.settings.user_id
        else:
            self._user_id = UserId(next(iter(world.accounts)))
        if own_token is not None:
            account = world.accounts[self._user_id]
            own_token.user_id, own_token.login = account.id, account.login
            world.tokens.setdefault(self.token, own_token)

    async def aclose(self) -> None:
        """Save, stop fetching, and delete the fetched files unless a directory was given for them."""
        self.save()
        await self.scene.aclose()
        if self._delete_home is not None:
            self._delete_home()
            self._home = None

    def add_account(self, seed: AccountSeed) -> tuple[UserId, str]:
        """Add an account, and give its id and token. Raises ValueError for an id that is taken."""
        world, now = self.scene.world, self.clock.unix()
        user_id = seed.user_id or another_user_id(world)
        if world.account(user_id) is not None:
            raise ValueError(f"there is an account {user_id} already")
        token = invented_token(seed.login)
        with world.lock:
            seed_account(world, seed, user_id, token, now)
        return UserId(user_id), token

    def plant_year(self, year: Year | None = None, *, user_id: str | None = None) -> Planted:
        """Give an account a year of media with a truth planted in it. `user_id` None: the sandbox's own.

        Raises ValueError for an account that there is not.
        """
        world = self.scene.world
        account = world.account(user_id or self.user_id)
        if account is None:
            raise ValueError(f"there is no account {user_id}")
        with world.lock:
            self.scene.changes += 1
            return plant_year(world, account, year or Year(), self.scene.settle())

    def order(self, name: str, **order: Any) -> Any:  # noqa: ANN401  # what the control API documents
        """Execute an order of the control API from Python: `order("comments", media_id=..., text="Hi")`.

        Raises ValueError for an unknown or malformed one, and for `webhook` and `replay`, which are async.
        """
        from pressroom.sandbox.control.actions import ACTIONS  # noqa: PLC0415  # a client needs no controls
        from pressroom.sandbox.control.controls import BadRequest  # noqa: PLC0415

        action = ACTIONS.get(("POST", name))
        if action is None or inspect.iscoroutinefunction(action):
            raise ValueError(f"there is no order {name!r} from here")
        try:
            self.scene.changes += 1
            return action(self.controls, {}, order)
        except BadRequest as error:
            raise ValueError(str(error)) from None

    def _begin(self) -> None:
        settings = self.settings
        # The login type by the token's first letters; of those that they allow, the one set.
        allowed = logins_of_token(self.token) or (settings.login,)
        seed = AccountSeed(
            username=settings.username,
            login=settings.login if settings.login in allowed else allowed[0],
            name="Pressroom Sandbox",
            biography="A pretend account. Nothing here leaves this machine.",
            media=settings.media,
            tester=settings.tester,
            scopes=list(settings.token_scopes),
            unused=list(settings.unused),
            agreed_days_ago=settings.agreed_days_ago,
        )
        world = self.scene.world
        seed_account(world, seed, settings.user_id, self.token, self.clock.unix())
        if settings.subscription != "none":
            # Of a Page, the fields of its own; which of Instagram's events come, the app's callback decides.
            usual = ["comments" if seed.login is LoginType.INSTAGRAM else "feed", "messages"]
            world.subscriptions[settings.user_id] = usual if settings.subscription == "usual" else []

    def _make_home(self) -> Path:
        if self._home is None:
            require_temporary_folder()
            self._home = Path(tempfile.mkdtemp(prefix="pressroom-sandbox-"))
            # Deletes it when the sandbox is collected or the program ends, should nobody call aclose.
            self._delete_home = weakref.finalize(self, shutil.rmtree, self._home, ignore_errors=True)
        # For its owner alone: others of this machine must not read what was fetched.
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._home


async def replay(path: Path, *, fetch: Fetch | None = None, save: Path | None = None) -> Replay:
    """Make the calls of a recording, a HAR file or a cassette of VCR again on a fresh sandbox.

    fetch: None: as recorded. save: where to write what was read as a recording without secrets.
    Raises ValueError when the file is none of them, OSError when it cannot be read, SettingRefused for YAML
    without the extra `sandbox`.
    """
    return await replay_on(path, Sandbox, fetch=fetch, save=save)
