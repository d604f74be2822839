"""A disk that is too full is said before anything is written."""

import pytest

from homeport.daemon.download.space import require_space
from homeport.daemon.download.wanted import DownloadFailed


def test_enough_is_silent(tmp_path):
    require_space(tmp_path, 1)
    require_space(tmp_path, None)


def test_too_little_is_told_with_the_numbers_and_the_folder(tmp_path):
    with pytest.raises(DownloadFailed) as caught:
        require_space(tmp_path, 2**60)
    assert "1152921505 GB" in caught.value.sentence
    assert str(tmp_path) in caught.value.sentence
    assert "Make room" in caught.value.sentence
