"""The order about metrics: what Meta takes away, renames or refuses, at once or at a later moment."""

from typing import Any

import msgspec

from pressroom.sandbox.control.controls import Body, Controls, Query, convert
from pressroom.sandbox.metrics import check_gone, check_refused
from pressroom.sandbox.state.things import LateMetrics


class MetricsOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What replaces the settings `metrics_gone`, `metrics_refused`, `viewers`, `in_s` seconds from now.

    None leaves one as it is; an empty list gives every metric back. Raises ValueError for an unknown metric.
    """

    gone: list[str] | None = None
    refused: list[str] | None = None
    viewers: bool | None = None
    in_s: float = 0.0

    def __post_init__(self) -> None:
        check_gone(self.gone or ())
        check_refused(self.refused or ())


def metrics(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/metrics`: what is taken away, refused or renamed at the moment."""
    controls.scene.settle()
    held = controls.scene.metrics
    return {"gone": held.gone, "refused": held.refused, "viewers": held.viewers}


def change_metrics(controls: Controls, query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/metrics`: change them, now or `in_s` seconds from now."""
    order: MetricsOrder = convert(body, MetricsOrder)
    scene = controls.scene
    change = LateMetrics(gone=order.gone, refused=order.refused, viewers=order.viewers)
    scene.later(scene.clock.unix() + order.in_s, change)
    return metrics(controls, query, body)
