"""The shape of each command's answer under `--json`, by the command's name in docs/reference/cli.md."""

from collections.abc import Mapping
from typing import Any, Final

from pressroom.cli.shapes import (
    DemoShape,
    PagesShape,
    ReplayShape,
    SandboxShape,
    ScriptShape,
    ServedShape,
    SkillInstalledShape,
    SkillPageShape,
    StateFileShape,
    StoppedShape,
    WrittenShape,
)
from pressroom.core.error_shape import FailedShape
from pressroom.service.shapes.account_insights import (
    AccountPeriodShape,
    AudienceShape,
    DefinitionShape,
    GrowthShape,
)
from pressroom.service.shapes.accounts import (
    LoginShape,
    PausedByHandShape,
    PermissionsShape,
    RenewedShape,
    ResumedShape,
    SignedInShape,
    SignedOutShape,
    StandingShape,
)
from pressroom.service.shapes.approvals import (
    AgentShellsShape,
    ApprovedShape,
    GrantShape,
    TerminalShape,
    WaitingShape,
    WithdrawnShape,
)
from pressroom.service.shapes.doctor import DoctorShape, TrapShape
from pressroom.service.shapes.exported import InsightsExportedShape
from pressroom.service.shapes.health import HealthShape
from pressroom.service.shapes.insights import InsightsShape
from pressroom.service.shapes.kept import (
    ComparisonShape,
    KeptPostsShape,
    PullCostShape,
    PulledShape,
    StoppedPullingShape,
)
from pressroom.service.shapes.keys import KeyShape, NewKeyShape
from pressroom.service.shapes.media import ConvertedShape, FilesShape, MediaShape, ReportShape
from pressroom.service.shapes.posts import (
    ChangedShape,
    HandedInShape,
    PlannedShape,
    PostHistoryShape,
    PostShape,
    PublishedShape,
    RehearsalShape,
    WeekShape,
)
from pressroom.service.shapes.probes import ProbedShape
from pressroom.service.shapes.report import InsightsReportShape
from pressroom.service.shapes.stories import StoriesShape
from pressroom.service.shapes.tables import ExportedShape, ImportedShape, TemplateShape
from pressroom.service.shapes.timing import BestTimeShape, ExperimentShape
from pressroom.service.shapes.watched import LetterShape, LineShape, NoticeShape
from pressroom.service.shapes.work import (
    AdoptedShape,
    BackedUpShape,
    LookedThroughShape,
    OverviewShape,
    RestoredShape,
    StartedShape,
    TrailShape,
    UpgradedShape,
)
from pressroom.service.tables.columns import Row

ANSWERS: Final[Mapping[str, Any]] = {
    "error": FailedShape,
    "error, exit code 9": FailedShape,
    "publish photo|reel|carousel|story": PublishedShape,
    "publish --idempotency-key": PublishedShape,
    "publish --no-wait": HandedInShape,
    "publish --dry-run": RehearsalShape,
    "schedule add photo|reel|carousel|story": PlannedShape,
    "schedule add --idempotency-key": PlannedShape,
    "schedule list": list[PostShape],
    "schedule move|edit|cancel|approve": PostShape,
    "schedule move|cancel|approve of several, queue retry of several": list[ChangedShape],
    "schedule show": PostHistoryShape,
    "schedule slots list": list[WeekShape],
    "schedule slots add|remove": WeekShape,
    "schedule import": ImportedShape,
    "schedule export": list[Row],
    "schedule export --output": ExportedShape,
    "schedule template": TemplateShape,
    "approve list": list[WaitingShape],
    "approve show": WaitingShape,
    "approve ID...|decline": list[ApprovedShape],
    "approve ID... of a call": list[ApprovedShape],
    "approve allow|allowed": list[GrantShape],
    "mcp --http": ServedShape,
    "keys add": NewKeyShape,
    "keys list": list[KeyShape],
    "keys revoke": KeyShape,
    "approve withdraw": WithdrawnShape,
    "approve require-terminal": TerminalShape,
    "approve agent-shells": AgentShellsShape,
    "serve": ServedShape,
    "serve link": FailedShape,
    "queue status": OverviewShape,
    "queue health": HealthShape,
    "queue pause": PausedByHandShape,
    "queue resume": ResumedShape,
    "queue log": TrailShape,
    "queue retry|resolve": PostShape,
    "queue reconcile": list[PostShape],
    "worker": StartedShape,
    "worker --log-format json": LineShape,
    "worker notice": NoticeShape,
    "worker letter": LetterShape,
    "auth login": SignedInShape,
    "auth status": list[StandingShape],
    "auth login --all": list[SignedInShape],
    "auth switch": LoginShape,
    "auth zone": LoginShape,
    "auth permissions": PermissionsShape,
    "auth refresh": RenewedShape,
    "auth logout": SignedOutShape,
    "media check": list[ReportShape],
    "media convert FILE": ConvertedShape,
    "media convert FOLDER": FilesShape,
    "media cover": ConvertedShape,
    "media list": list[MediaShape],
    "insights show": InsightsShape,
    "insights show --kept": KeptPostsShape,
    "insights pull": PulledShape,
    "insights pull --dry-run": PullCostShape,
    "insights pull --stop": StoppedPullingShape,
    "insights media": KeptPostsShape,
    "insights compare": ComparisonShape,
    "insights stories": StoriesShape,
    "insights best-time": BestTimeShape,
    "insights experiment start|status|stop": ExperimentShape,
    "insights account": AccountPeriodShape,
    "insights audience": AudienceShape,
    "insights growth": GrowthShape,
    "insights definitions": list[DefinitionShape],
    "insights report": InsightsReportShape,
    "insights export": InsightsExportedShape,
    "sandbox serve": SandboxShape,
    # Prints what its command prints.
    "sandbox exec": None,
    "sandbox stop": StoppedShape,
    "sandbox state export": StateFileShape,
    "sandbox replay": ReplayShape,
    "demo": DemoShape,
    "api --paginate": PagesShape,
    "init": WrittenShape,
    "skill install": SkillInstalledShape,
    "skill show": SkillPageShape,
    "doctor": DoctorShape,
    "doctor --explain": TrapShape,
    "doctor --probe": ProbedShape,
    "db upgrade": UpgradedShape,
    "db check": LookedThroughShape,
    "db adopt": AdoptedShape,
    "db backup": BackedUpShape,
    "db restore": RestoredShape,
    "completion": ScriptShape,
}
"""Answers of a sandbox's control API are not in it: they are printed unchanged."""
