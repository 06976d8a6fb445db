"""A command line that is not understood is explained in the reader's language."""

import pytest


@pytest.mark.parametrize(
    ("words", "vietnamese", "english"),
    [
        (["fly"], "Không có lệnh fly.", "There is no command fly."),
        (["plots", "fly"], "Không có lệnh fly.", "There is no command fly."),
        (["init"], "Thiếu DIR.", "DIR is missing."),
        (["monitor"], "Thiếu --season.", "--season is missing."),
        (["plots", "list", "--qzx"], "Không có tùy chọn --qzx.", "There is no option --qzx."),
        (["plots", "export", "--sesaon", "x"], "--sesaon; có --season.", "no option --sesaon; there is --season."),
        (["plots", "list", "more"], "Thừa từ so với lệnh: more", "More words than the command takes: more"),
        (["--lang", "fr", "plots", "list"], "--lang", "--lang"),
        (
            ["visits", "choose", "--season", "2025-2026", "--visits", "many"],
            "Giá trị của --visits không phải là số: many",
            "The value of --visits is not a number: many",
        ),
        (["demo", "--size", "9999"], "lớn nhất là 4096.", "the most is 4096."),
        (
            ["visits", "choose", "--season", "2025-2026", "--visits", "0"],
            "Giá trị của --visits là 0; nhỏ nhất là 1.",
            "The value of --visits is 0; the least is 1.",
        ),
    ],
)
def test_what_was_wrong_is_said_in_words(cli, words, vietnamese, english):
    for language, expected in (("vi", vietnamese), ("en", english)):
        ended = cli(*([] if "--lang" in words else ["--lang", language]), *words)
        assert ended.code == 2
        assert expected in ended.err
        assert "--help` " in ended.err


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (["--help"], ("ledger", "plots", "keys", "init")),
        (["plots", "--help"], ("list", "show", "export")),
        (["imagery", "bundle", "--help"], ("out", "in")),
        (["plots", "list", "--help"], ("--season", "--json")),
    ],
)
def test_help_lists_every_command_though_one_that_is_named_is_made_alone(cli, words, listed):
    said = cli("--lang", "en", *words)
    assert said.code == 0
    rows = [row.split()[1] for row in said.out.splitlines() if row.startswith("│ ")]
    assert [name for name in listed if name not in rows] == (["--json"] if "--json" in listed else [])
