"""What names an informant lies in files of the owner alone, under references that tell nothing elsewhere."""

import json
import stat

import pytest

from eradication.errors import StorageFailed
from eradication.store.sealed import Sealed


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "tips.csv"
    path.write_bytes(b"tip_id,source\n1,Canary\n")
    return path


def test_a_file_is_kept_byte_for_byte_and_only_its_owner_may_read_it(tmp_path, table):
    sealed = Sealed(tmp_path / "ws")
    reference = sealed.put(table)
    kept = sealed.folder / f"{reference}.original"
    assert kept.read_bytes() == table.read_bytes()
    assert stat.S_IMODE(sealed.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in sealed.folder.iterdir()} == {0o600}
    assert sealed.put(table) == reference
    assert len(list(sealed.folder.iterdir())) == 2


def test_a_source_is_found_again_by_its_tip_and_by_nothing_in_the_name_of_its_file(tmp_path, table):
    sealed = Sealed(tmp_path / "ws")
    reference = sealed.put_source(("BP01", "T1"), "Canary", sealed.put(table))
    assert reference == sealed.reference_of(("BP01", "T1"), "Canary")
    assert sealed.holds(reference)
    told = json.loads((sealed.folder / f"{reference}.json").read_text())
    assert (told["unit"], told["tip_id"], told["source"]) == ("BP01", "T1", "Canary")
    assert sealed.reference_of(("BP01", "T2"), "Canary") != reference


def test_another_workspace_makes_other_references_so_that_nobody_can_guess_and_try(tmp_path, table):
    one, two = Sealed(tmp_path / "a"), Sealed(tmp_path / "b")
    assert one.reference_of(("BP01", "T1"), "Canary") != two.reference_of(("BP01", "T1"), "Canary")
    assert one.put(table) != two.put(table)


def test_a_folder_that_cannot_be_written_is_a_failure_of_storage(tmp_path, table):
    (tmp_path / "ws").write_text("a file where the folder should be")
    with pytest.raises(StorageFailed):
        Sealed(tmp_path / "ws").put(table)
