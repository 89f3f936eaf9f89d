"""Asks for account metrics, without those that were refused of late."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter
from pressroom.graph import calls
from pressroom.graph.answers import Insight
from pressroom.graph.metrics import SUCCESSORS
from pressroom.insights.collecting.desk import Desk
from pressroom.insights.collecting.pages import without
from pressroom.insights.listed import SPOILS_ALL
from pressroom.insights.read import refused_metric

Span = tuple[datetime, datetime]
_ASKED_AGAIN: Final = timedelta(days=7)


@dataclass(slots=True)
class Asking:
    """Asks for the metrics of one account."""

    desk: Desk

    async def ask(
        self,
        metrics: Sequence[str],
        span: Span | None = None,
        *,
        period: str = "day",
        metric_type: str | None = None,
        breakdown: str | None = None,
        timeframe: str | None = None,
    ) -> Sequence[Insight]:
        """Read metrics; one that is refused is left out, remembered for a week, and the others read again.

        Raises GraphError for what every call would meet, TransportError without an answer.
        """
        asked = self._offered(metrics, breakdown)
        since, until = (int(at.timestamp()) for at in span) if span else (None, None)
        while asked:
            call = calls.account_insights(
                self.desk.client.account.user,
                asked,
                period=period,
                metric_type=metric_type,
                breakdown=breakdown,
                timeframe=timeframe,
                since=since,
                until=until,
            )
            try:
                return (await self.desk.client.send(call)).data
            except InvalidParameter as error:
                bad = refused_metric(error, asked) or (asked[0] if len(asked) == 1 else None)
                if bad is None:
                    return ()
                self._refuse(bad, breakdown)
                asked = self._offered(without(bad, asked, ()), breakdown)
            except GraphError as error:
                if error.retry in SPOILS_ALL:
                    raise
                return ()
        return ()

    def _offered(self, metrics: Sequence[str], breakdown: str | None) -> list[str]:
        """Leave out what was refused of late; one that another is in place of is asked for by that."""
        named = [
            SUCCESSORS.get(name, name) if self._is_refused(name, breakdown) else name for name in metrics
        ]
        return [name for name in dict.fromkeys(named) if not self._is_refused(name, breakdown)]

    def _is_refused(self, metric: str, breakdown: str | None) -> bool:
        at = self.desk.collecting.refused.get(_name(metric, breakdown))
        return at is not None and self.desk.now - at < _ASKED_AGAIN

    def _refuse(self, metric: str, breakdown: str | None) -> None:
        refused = {**self.desk.collecting.refused, _name(metric, breakdown): self.desk.now}
        self.desk.collecting = replace(self.desk.collecting, refused=refused)


def _name(metric: str, breakdown: str | None) -> str:
    return f"{metric}/{breakdown}" if breakdown else metric
