"""What is known of keys survives a restart only where it still means something."""

import stat

from homeport.daemon.keys.notes import KeyNotes, Note, Record


def test_records_survive_a_restart(tmp_path):
    path = tmp_path / "notes.json"
    record = Record(kept="file", id="abc", note=Note("valid", 5, "kept:abc"))
    KeyNotes(path).put("openai", record)
    again = KeyNotes(path)
    assert again.of("openai") == record
    assert again.of("groq") == Record()
    assert again.kept() == ["openai"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_notes_on_variables_and_commands_do_not(tmp_path):
    path = tmp_path / "notes.json"
    notes = KeyNotes(path)
    for identity in ("env:A", "command:b", "keyring:c"):
        notes.put(identity, Record(note=Note("valid", 5, identity)))
        assert notes.of(identity).note
        assert KeyNotes(path).of(identity).note is None


def test_an_empty_record_leaves_nothing(tmp_path):
    notes = KeyNotes(tmp_path / "notes.json")
    notes.put("openai", Record(kept="file", id="abc"))
    notes.put("openai", Record())
    assert (tmp_path / "notes.json").read_text().strip() == "{}"


def test_a_damaged_file_is_as_none(tmp_path):
    (tmp_path / "notes.json").write_text("not json")
    assert KeyNotes(tmp_path / "notes.json").kept() == []


def test_a_folder_that_cannot_be_written_costs_only_the_memory(tmp_path, caplog):
    (tmp_path / "plain").write_text("")
    notes = KeyNotes(tmp_path / "plain" / "notes.json")
    notes.put("openai", Record(kept="file", id="abc"))
    assert notes.of("openai").kept == "file"
    assert "cannot be written" in caplog.text
