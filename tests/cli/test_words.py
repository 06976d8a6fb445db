"""What people read: whole sentences and words in their language, no codes, no program text."""

import re

import pytest


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "words",
    [
        ("patrols", "list"),
        ("plots", "list"),
        ("ledger", "--season", "2025-2026"),
        ("ledger", "--season", "2025-2026", "--by", "unit"),
        ("ledger", "--season", "2025-2026", "--by", "class"),
        ("models", "list"),
        ("audit", "verify"),
        ("doctor",),
    ],
)
def test_every_reading_command_speaks_in_words(cli, demo_folder, words, language):
    ended = cli("--workspace", demo_folder, "--lang", language, *words)
    assert ended.code == 0, ended.err
    assert ended.out.strip()
    # What is to be typed stands between backticks, as it is typed.
    said = re.sub(r"`[^`]*`", "", ended.out)
    assert not re.search(r"[{}]|None|True|False|\b[a-z]+_[a-z]+(_[a-z]+)*\b(?!\.)", said), said


@pytest.mark.parametrize("language", ["vi", "en"])
def test_one_plot_and_one_patrol_are_shown_in_words(cli, demo_folder, language):
    run = ("--workspace", demo_folder, "--lang", language)
    plots = cli("--workspace", demo_folder, "--json", "plots", "list").json["plots"]
    visited = next(plot for plot in plots if plot["state"] == "verified")
    patrol = cli("--workspace", demo_folder, "--json", "patrols", "list").json["patrols"][0]
    for words in (("plots", "show", visited["code"]), ("patrols", "show", patrol["id"])):
        ended = cli(*run, *words)
        assert ended.code == 0, ended.err
        assert not re.search(r"[{}]|None|True|False", ended.out), ended.out
    assert ("phúc tra" in cli(*run, "plots", "show", visited["code"]).out) == (language == "vi")
