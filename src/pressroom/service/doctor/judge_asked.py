"""What an error in place of an answer says."""

from pressroom.core.errors import GraphError, PressroomError
from pressroom.core.graph_errors import PermissionDenied, PermissionMissing
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.error_table import Retry
from pressroom.graph.traps import Trap, recognised
from pressroom.service.doctor.judge_facts import AccountFacts

_OTHERS_FAULT = 100


def trap_of(answer: object) -> Trap | None:
    """Return the trap whose words an error of Instagram's has."""
    return recognised(answer.body.message) if isinstance(answer, GraphError) else None


def has_no_role(answer: object) -> bool:
    """Tell whether an error is that of an account without a role in the app."""
    found = trap_of(answer)
    is_general = isinstance(answer, GraphError) and answer.body.code == _OTHERS_FAULT
    return is_general and found is not None and found.name == "no-role"


def lacks_permission(answer: object) -> bool:
    """Tell whether a permission is missing for a call."""
    return isinstance(answer, PermissionMissing | PermissionDenied)


def is_over(answer: object) -> bool:
    """Tell whether Instagram takes the token no more."""
    return isinstance(answer, GraphError) and answer.retry is Retry.AFTER_SIGN_IN


def worked(answer: object) -> bool | None:
    """Tell whether a call shows its permission: True by an answer, False by a refusal, else None."""
    if answer is None or isinstance(answer, PressroomError):
        return False if lacks_permission(answer) else None
    return True


def sign_in_again(facts: AccountFacts) -> Fix:
    """Word the sign-in to an account, under its name where it is stored."""
    stored = {"account": facts.name} if facts.source.is_stored else {}
    return Fix.of("To sign in again: {}.", Remedy(RemedyKind.SIGN_IN, stored))
