"""Settings: the file that is written is the file that is read, and a wrong line is named."""

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eradication import config
from eradication.config import Settings
from eradication.errors import UnusableInput

SECTIONS = [(s.name, s.default_factory) for s in dataclasses.fields(Settings)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / config.FILE_NAME


def test_what_is_written_is_what_is_read(file):
    file.write_text(config.render(Settings()), encoding="utf-8")
    assert config.load(file) == Settings()


def test_every_setting_is_written_with_its_explanation(file):
    lines = config.render(Settings()).splitlines()
    for name, section in SECTIONS:
        assert f"[{name}]" in lines
        own = range(lines.index(f"[{name}]"), len(lines))
        for item in dataclasses.fields(section):
            begins = (f"{item.name} = ", f"# [[{name}.{item.name}]]")  # of a list of blocks an example is shown
            line = next(n for n in own if lines[n].startswith(begins))
            explanation = lines[line - 1]
            assert explanation == f"# {item.metadata['doc']}"
            assert len(explanation) > 10


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4))
def test_a_list_of_texts_survives_being_written_and_read(tmp_path_factory, texts):
    file = tmp_path_factory.mktemp("settings") / config.FILE_NAME
    given = dataclasses.replace(Settings(), learning=config.Learning(trusted_keys=tuple(texts)))
    file.write_text(config.render(given), encoding="utf-8")
    assert config.load(file) == given


DAYS = st.dates(date(1990, 1, 1), date(2150, 1, 1))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
BASES = st.builds(config.LegalBasis, TEXTS, DAYS)
SIGNATORIES = st.builds(config.Signatory, TEXTS, DAYS, TEXTS, TEXTS, TEXTS, st.none() | st.just(date(2151, 1, 1)))


@given(st.lists(BASES, max_size=3), st.lists(SIGNATORIES, max_size=3))
def test_blocks_survive_being_written_and_read(tmp_path_factory, bases, signatories):
    file = tmp_path_factory.mktemp("settings") / config.FILE_NAME
    report = config.Report(legal_bases=tuple(bases), signatories=tuple(signatories))
    given = dataclasses.replace(Settings(), report=report)
    file.write_text(config.render(given), encoding="utf-8")
    assert config.load(file) == given


@pytest.mark.parametrize(
    ("block", "where"),
    [
        ("valid_from = 2023-01-30", "report.legal_bases (2).title"),
        ('title = "Luật"', "report.legal_bases (2).valid_from"),
        ('title = "Luật"\nvalid_from = "30/01/2023"', "report.legal_bases (2).valid_from"),
        ('title = "Luật"\nvalid_from = 2023-01-30T08:00:00Z', "report.legal_bases (2).valid_from"),
        ('title = ""\nvalid_from = 2023-01-30', "report.legal_bases (2).title"),
        ('title = "Luật"\nvalid_from = 2023-01-30\nvalid_to = 2022-01-30', "report.legal_bases (2).valid_to"),
        ('title = "Luật"\nvalid_from = 2023-01-30\nexpires = 2022-01-30', "report.legal_bases (2)"),
    ],
)
def test_a_wrong_block_is_named_by_its_number(file, block, where):
    good = '[[report.legal_bases]]\ntitle = "Kế hoạch"\nvalid_from = 2023-01-30\n'
    file.write_text(f"{good}[[report.legal_bases]]\n{block}\n", encoding="utf-8")
    with pytest.raises(UnusableInput) as refused:
        config.load(file)
    assert refused.value.where.endswith(where)


def test_an_example_of_a_block_can_be_used_as_it_stands(file):
    text = config.render(Settings())
    lines = text.splitlines()
    first = lines.index("# [[report.legal_bases]]")
    lines[first : first + 3] = [line.removeprefix("# ") for line in lines[first : first + 3]]
    file.write_text("\n".join(lines), encoding="utf-8")
    [basis] = config.load(file).report.legal_bases
    assert basis.valid_on(date(2026, 11, 27))
    assert not basis.valid_on(date(2023, 1, 29))


def test_an_empty_file_means_the_defaults(file):
    file.write_text("")
    assert config.load(file) == Settings()


def test_a_file_may_set_only_what_differs(file):
    file.write_text('[workspace]\nprovince = "Lào Cai"\n[cleaning]\nmax_hdop = 4\n[imagery]\nmask_scl = [0, 1]\n')
    read = config.load(file)
    assert (read.workspace.province, read.cleaning.max_hdop, read.imagery.mask_scl) == ("Lào Cai", 4.0, (0, 1))
    assert read.limits == Settings().limits


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_being_written_and_read(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("settings") / config.FILE_NAME
    given = dataclasses.replace(Settings(), workspace=config.Workspace(device=text))
    file.write_bytes(config.render(given).encode())
    assert config.load(file) == given


@given(st.floats(allow_nan=False, allow_infinity=False), st.lists(st.integers(0, 11), max_size=12), st.booleans())
def test_any_number_survives_being_written_and_read(tmp_path_factory, number, classes, flag):
    file = tmp_path_factory.mktemp("settings") / config.FILE_NAME
    given = dataclasses.replace(
        Settings(),
        candidates=config.Candidates(seed=number),
        imagery=config.Imagery(mask_scl=tuple(classes)),
        workspace=config.Workspace(simulated=flag),
    )
    file.write_text(config.render(given), encoding="utf-8")
    assert config.load(file) == given


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[work]\nprovince = 'x'", "work"),
        ("province = 'x'", "province"),
        ("[workspace]\nprovinze = 'x'", "workspace.provinze"),
        ("[workspace]\n__doc__ = 'x'", "workspace.__doc__"),
        ("[workspace]\nprovince = 7", "workspace.province"),
        ("[workspace]\nsimulated = 1", "workspace.simulated"),
        ("[limits]\ncpu_s = true", "limits.cpu_s"),
        ("[limits]\ncpu_s = 1.5", "limits.cpu_s"),
        ("[cleaning]\nmax_hdop = '5'", "cleaning.max_hdop"),
        ("[cleaning]\nmax_hdop = nan", "cleaning.max_hdop"),
        ("[imagery]\nmask_scl = ['cloud']", "imagery.mask_scl"),
        ("[imagery]\nmask_scl = 3", "imagery.mask_scl"),
        ("[learning]\ntrusted_keys = 'ab'", "learning.trusted_keys"),
        ("[learning]\ntrusted_keys = [7]", "learning.trusted_keys"),
        ("[learning]\ntrusted_keys = ['ab', 7]", "learning.trusted_keys"),
        ("[terrain]\ncorrection = 'sometimes'", "terrain.correction"),
        ("[terrain]\ncorrection = true", "terrain.correction"),
    ],
)
def test_a_wrong_line_is_named(file, text, where):
    file.write_text(text)
    with pytest.raises(UnusableInput) as refusal:
        config.load(file)
    assert refusal.value.kind == "bad_settings"
    assert refusal.value.where == f"{file}: {where}"


@pytest.mark.parametrize("content", [b"[workspace\n", b"[workspace]\nprovince = \xff\n", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml_is_named_with_its_fault(file, content):
    file.write_bytes(content)
    with pytest.raises(UnusableInput) as refusal:
        config.load(file)
    assert refusal.value.kind == "bad_settings"
    assert refusal.value.where == str(file)


def test_a_setting_with_choices_takes_each_of_them(file):
    for choice in ("off", "auto", "on"):
        file.write_text(f'[terrain]\ncorrection = "{choice}"\n')
        assert config.load(file).terrain.correction == choice


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().workspace.province = "x"


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("effort", "seen_bloom = 3.0"),
        ("effort", "strip_forest_m = -5.0"),
        ("photos", "quality = 500"),
        ("photos", "side_px = 0"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_with_what_does(tmp_path, section, line):
    file = tmp_path / config.FILE_NAME
    file.write_text(f"[{section}]\n{line}\n", encoding="utf-8")
    with pytest.raises(UnusableInput) as error:
        config.load(file)
    assert error.value.where.endswith(f"{section}.{line.split()[0]}")
    assert {"least", "most"} <= error.value.values.keys()


def test_every_default_lies_within_what_makes_sense():
    for section in dataclasses.fields(Settings()):
        part = getattr(Settings(), section.name)
        for item in dataclasses.fields(part):
            span = item.metadata["span"]
            assert span is None or span[0] <= getattr(part, item.name) <= span[1], item.name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# ghi chú\n[workspace]\nlanguage = 'en'  # vi\n\n[store] # here\nurl = ''\n# kept\nschema = \"a\"\n[inbox]\n"
        "folder = 'x'\n",
        "[store]\nclock_jump_days = 3\n[workspace]\nlanguage = 'en'\n",
        "store = { url = '', schema = 'a' }\n",
        '[store]\nschema = """a"""\n\'url\' = \'\'\n',
    ],
)
def test_the_place_of_the_store_is_changed_and_all_else_stays(text):
    file = Path("eradication.toml")
    was = config.parse(text, file)
    place = dataclasses.replace(was.store, url='postgresql://a:"\\#@h/b', schema="son_la")
    changed = config.placed(text, file, place)
    assert config.parse(changed, file) == dataclasses.replace(was, store=place)
    assert config.parse(config.placed(changed, file, was.store), file) == was
    if "# kept" in text:
        assert [line for line in changed.splitlines() if "url" not in line and "schema" not in line] == [
            line for line in text.splitlines() if "url" not in line and "schema" not in line
        ]
