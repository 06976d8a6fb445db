"""What a worker's answer means: its data, the error it raised, or that it broke down. It is not believed blindly."""

import re
import signal
from pathlib import Path
from typing import Any

from eradication import errors
from eradication.config import Limits
from eradication.errors import N_, EradicationError, RefusedInput
from eradication.ingest import wire
from eradication.ingest.process import Ended

LIMITS_HINT = N_("The limits stand in eradication.toml under [limits]; split the file if it is really that large.")
_KINDS = {kind.__name__: kind for kind in (*errors.EXIT_CODES, EradicationError)}
_TOO_COSTLY = N_("Reading the file takes more memory or time than the limits allow.")
_ENDED_BY_LIMITS = {-int(getattr(signal, name, signal.SIGTERM)) for name in ("SIGKILL", "SIGXCPU", "SIGXFSZ")}


def answer(ended: Ended, path: Path, limits: Limits) -> dict[str, Any]:
    """Return what the process answered.

    Args:
        ended: how it ended.
        path: the user's file, for messages.
        limits: what it was allowed.

    Raises:
        RefusedInput: ``too_costly``, ``timeout``, ``parser_failed``.
        EradicationError: whatever of the tree the process raised.
    """
    said = understood(ended.said)
    if said is None:
        raise broken(ended, path, limits)
    if "error" in said:
        raise rebuilt(said["error"], path)
    return said


def understood(data: bytes | None) -> dict[str, Any] | None:
    """Decode an answer; ``None`` if there is no whole one, because the worker broke down or was ended."""
    if data is None:
        return None
    try:
        answer = wire.decode(data)
    except ValueError:
        return None
    return answer if "value" in answer or _plausible(answer.get("error")) else None


def _plausible(said: Any) -> bool:
    """Tell whether an error is one a worker of ours would send; templates may name their values and nothing more."""
    if not isinstance(said, dict) or not isinstance(said.get("values"), dict):
        return False
    texts = [said.get(name) for name in ("type", "kind", "message", "where", "hint")]
    if not all(isinstance(text, str) for text in texts):
        return False
    if said["type"] not in _KINDS:
        return True  # its message is shown as it is
    named = re.findall(r"\{\w+\}|[{}]", said["message"] + said["hint"])
    return all(name[1:-1] in said["values"] for name in named)


def was_cut_off(ended: Ended) -> bool:
    """Tell whether a process was ended by a limit: of time, of memory, of what it may write."""
    return ended.late or ended.said is None or ended.status in _ENDED_BY_LIMITS


def broken(ended: Ended, path: Path, limits: Limits) -> RefusedInput:
    """Return the refusal of a file on which a process broke down or was ended."""
    if ended.late:
        hint = N_("Try again on an idle machine, split the file, or raise wall_s under [limits] in eradication.toml.")
        message = N_("Reading the file took longer than {limit} s and was ended.")
        return RefusedInput("timeout", message, where=str(path), hint=hint, values={"limit": limits.wall_s})
    if was_cut_off(ended):
        return RefusedInput("too_costly", _TOO_COSTLY, where=str(path), hint=LIMITS_HINT)
    return _parser_failed(f"status {ended.status}", path)


def _parser_failed(reason: str, path: Path) -> RefusedInput:
    message = N_("The parser broke down on this file ({reason}).")
    hint = N_("Open and save the file again with the program that made it, or export it as GPX.")
    return RefusedInput("parser_failed", message, where=str(path), hint=hint, values={"reason": reason})


def rebuilt(said: dict[str, Any], path: Path) -> EradicationError:
    """Return the error that a process described."""
    if said["type"] == "MemoryError":
        return RefusedInput("too_costly", _TOO_COSTLY, where=str(path), hint=LIMITS_HINT)
    if said["type"] not in _KINDS:
        return _parser_failed(said["message"], path)
    where = f"{path}: {said['where']}" if said["where"] else str(path)
    kind: type[EradicationError] = _KINDS[said["type"]]
    return kind(said["kind"], said["message"], where=where, hint=said["hint"], values=said["values"])
