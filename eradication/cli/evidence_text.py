"""Answers about evidence as text for people: chains, flags, checkpoints."""

from eradication.cli.shell import Shell
from eradication.cli.text import Answer, local, table
from eradication.errors import N_

WHY = {
    "clock_stepped_back": N_("recorded while the clock ran ahead"),
    "clock_far_ahead": N_("recorded after the clock jumped far ahead"),
}

REASONS = {
    "missing_chain": N_("the chain is gone"),
    "shorter": N_("the chain ends before the checkpoint"),
    "other_history": N_("the history before the checkpoint is another one"),
    "missing_original": N_("originals that were kept then are missing"),
    "signed_by_stranger": N_("signed by a stranger: none of the devices whose events are here"),
}


def audit(shell: Shell, answer: Answer) -> None:
    """One row per origin, then what is flagged and what became of each checkpoint."""
    _ = shell.translate
    headings = (N_("Origin"), N_("Events"), N_("Whole"), N_("First bad event"), N_("Fingerprint"))
    yes, no = _(N_("yes")), _(N_("NO"))
    rows = [
        (o["origin"], o["events"], yes if o["ok"] else no, o["first_bad"] or "", o["fingerprint"])
        for o in answer["origins"]
    ]
    table(shell, headings, rows)
    shell.say(_(N_("Fingerprint of all: {fingerprint}")).format(**answer))
    for layer, count in answer["shown"]["wrong"].items():
        template = _(
            N_("What is shown is NOT what the events tell: {count} rows of '{layer}' were changed or removed.")
        )
        shell.say(template.format(layer=layer, count=count))
    if not answer["shown"]["compared"]:
        shell.say(_(N_("What is shown was not compared: it is told anew from the events whenever somebody asks.")))
    if answer["shown"]["wrong"]:
        shell.say(_(N_("    Find out who wrote into the store, then `eradication audit verify --rebuild`.")))
    for flag in answer["flagged"]:
        template = _(N_("Times in doubt: events {first} to {last} of {label} ({origin}): {why}."))
        shell.say(template.format(**flag | {"why": _(WHY[flag["why"]])}))
    for event in answer["thinned"]:
        template = N_(
            "Tracks of {season}: {patrols} patrols thinned to effort on {when} by event {number} of {origin}."
        )
        shell.say(_(template).format(**event, when=local(event["recorded_at"])))
    for held in answer["checkpoints"]:
        _held(shell, held)
    for paper in answer["on_paper"]:
        found = N_("{fingerprint}: this is event {number} of {origin}.")
        missing = N_("{fingerprint}: NO event bears it. The history was changed, or the fingerprint is misread.")
        shell.say(_(found if paper["ok"] else missing).format(**paper))


def _held(shell: Shell, held: Answer) -> None:
    _ = shell.translate
    if held["ok"]:
        template = N_("{path}: every chain goes on from the checkpoint of {when}, signed by {device} ({signed_by}).")
        shell.say(_(template).format(**held, when=local(held["taken_at"])))
    else:
        why = _(REASONS[held["reason"]]) if held["reason"] in REASONS else held["message"]
        shell.say(_(N_("{path}: NO: {why}.")).format(path=held["path"], why=why.rstrip(".")))
    for check in held["chains"]:
        if not check["ok"]:
            values = check | {"why": _(REASONS[check["reason"]])}
            shell.say("    " + _(N_("{label} ({origin}), event {events}: {why}")).format(**values))


def checkpoint(shell: Shell, answer: Answer) -> None:
    """What belongs into the minutes: one line a chain, then the fingerprint of all."""
    _ = shell.translate
    rows = [(line["label"], line["origin"], line["events"], line["fingerprint"]) for line in answer["chains"]]
    table(shell, (N_("Device"), N_("Origin"), N_("Events"), N_("Fingerprint")), rows, numeric=[2])
    told = N_("Fingerprint of all: {fingerprint}")
    shell.say(_(told).format(**answer))
    shell.say(_(N_("{when}, {events} events, {originals} originals.")).format(**answer, when=local(answer["taken_at"])))
    if answer["written"]:
        shell.say(
            _(N_("Written and signed: {written}. Keep it where nobody of this office can change it.")).format(**answer)
        )
