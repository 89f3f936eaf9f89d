"""Whom we act for: user id, login type, token, base and version belong together."""

from dataclasses import dataclass

from pressroom.core.secret import Secret
from pressroom.graph.hosts import DEFAULT_BASE, UPLOAD_HOST, LoginType, is_meta
from pressroom.graph.ids import ME, UserId
from pressroom.graph.versions import DEFAULT_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Instagram professional account we may act for.

    api_base: scheme, host and port, without a version or a trailing slash.
    version: spelled `v21.0`.
    """

    token: Secret
    user_id: UserId = ME
    login_type: LoginType = LoginType.INSTAGRAM
    api_base: str = DEFAULT_BASE
    version: str = DEFAULT_VERSION

    @property
    def is_real(self) -> bool:
        """Whether calls go to Meta rather than to a sandbox."""
        return is_meta(self.api_base)

    @property
    def upload_base(self) -> str:
        """Where resumable uploads go: Meta's upload host, or the sandbox itself."""
        return f"https://{UPLOAD_HOST}" if self.is_real else self.api_base

    @property
    def key(self) -> tuple[str, str]:
        """What pacing and quotas are held by."""
        return (self.api_base, self.user_id if self.user_id != ME else f"me:{hash(self.token)}")
