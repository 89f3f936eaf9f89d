"""Picks the model that the environment names."""

from collections.abc import Mapping
from typing import Final

from evals.models.anthropic import BASE, anthropic
from evals.models.messages import Model
from evals.models.openai import openai

_DEFAULT: Final = "claude-sonnet-4-5"
HOW: Final = f"""No model is set, so there is nothing to try. Set one of the two:

  ANTHROPIC_API_KEY=...            a model of Anthropic's; PRESSROOM_EVAL_MODEL names another than {_DEFAULT}

  PRESSROOM_EVAL_BASE_URL=...      an API of OpenAI's form, such as http://127.0.0.1:11434/v1
  PRESSROOM_EVAL_MODEL=...         the model there
  PRESSROOM_EVAL_API_KEY=...       its key, where it wants one

The scripts that come with the tasks need no model: make evals SCRIPTS=1"""
KEYS: Final = ("ANTHROPIC_API_KEY", "PRESSROOM_EVAL_API_KEY")


def chosen(environ: Mapping[str, str]) -> Model | None:
    """Return the model, or None where none is set."""
    base, name = environ.get("PRESSROOM_EVAL_BASE_URL"), environ.get("PRESSROOM_EVAL_MODEL")
    if base and name:
        return openai(name, environ.get("PRESSROOM_EVAL_API_KEY", ""), base)
    key = environ.get("ANTHROPIC_API_KEY")
    if base or not key:
        return None
    return anthropic(name or _DEFAULT, key, environ.get("ANTHROPIC_BASE_URL") or BASE)
