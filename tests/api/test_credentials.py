"""Where credentials come from, and that nothing shows them."""

from __future__ import annotations

import copy
import errno
import os
import pickle
import sys
import threading
import traceback
import types
from collections import deque
from pathlib import Path

import pytest

from emailrcd.api.credentials import ENVIRONMENT, SANDBOX, Credentials, find, holds_secret
from emailrcd.errors import CredentialsError, MissingCredentials

KEY, SECRET = "bDqJFiq9", "7bz1lzh9"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    for name in ENVIRONMENT.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.chdir(tmp_path)


def put(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(ENVIRONMENT[name], value)


def write_dotenv(path, **values):
    (path / ".env").write_text("".join(f"{ENVIRONMENT[name]}={value}\n" for name, value in values.items()))


WHOLE = {"app_id": "app", "api_key": KEY, "api_secret": SECRET}


def test_repr_and_str_show_neither_key_nor_secret():
    credentials = Credentials(**WHOLE)
    for text in (repr(credentials), str(credentials), f"{credentials}", repr([credentials])):
        assert KEY not in text
        assert SECRET not in text


def test_credentials_refuse_to_be_pickled_or_copied_to_a_file_and_say_what_to_do():
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"from_env"):
            attempt(Credentials(**WHOLE))


def test_credentials_do_not_change():
    with pytest.raises(AttributeError):
        Credentials(**WHOLE).api_key = "other"


def test_white_space_around_values_is_dropped():
    assert Credentials(" app\n", f"{KEY} ", f"\t{SECRET}").api_key == KEY


@pytest.mark.parametrize("name", ["app_id", "api_key", "api_secret"])
@pytest.mark.parametrize("value", ["", "  ", None])
def test_an_empty_value_is_refused_by_name(name, value):
    with pytest.raises(CredentialsError, match=name):
        Credentials(**WHOLE | {name: value})


def test_a_refused_secret_is_neither_in_the_message_nor_among_the_local_variables_of_a_traceback():
    with pytest.raises(CredentialsError, match="api_secret") as caught:
        Credentials(**WHOLE | {"api_secret": "blank in-side"})
    frames = list(traceback.walk_tb(caught.value.__traceback__))[1:]
    shown = str(caught.value) + "".join(repr(frame.f_locals) for frame, _ in frames)
    assert "blank in-side" not in shown
    assert KEY not in shown


def test_the_environment_wins_over_dotenv_and_is_named(monkeypatch, tmp_path):
    write_dotenv(tmp_path, app_id="other", api_key="k", api_secret="s")
    put(monkeypatch, **WHOLE)
    found = find()
    assert (found.credentials.app_id, found.source, found.base_url) == ("app", "the environment", None)


def test_dotenv_in_the_working_directory_is_read_with_its_base_url(tmp_path):
    write_dotenv(tmp_path, **WHOLE, base_url="https://api.onbuka.com/v3/email")
    found = find()
    assert (found.credentials.api_secret, found.source, found.base_url) == (
        SECRET,
        ".env",
        "https://api.onbuka.com/v3/email",
    )


def test_dotenv_of_a_parent_folder_is_not_read(monkeypatch, tmp_path):
    write_dotenv(tmp_path, **WHOLE)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    with pytest.raises(MissingCredentials):
        find()


SETTINGS = "".join(f"{ENVIRONMENT[name]}={value}\r\n" for name, value in WHOLE.items())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_dotenv_is_read_as_editors_and_shells_write_it(tmp_path, encoding):
    (tmp_path / ".env").write_bytes(SETTINGS.encode(encoding))
    assert find().credentials.api_secret == SECRET


@pytest.mark.parametrize("remark", ["# 邮件账号\n".encode("gb18030"), b"# \xe9t\xe9\n"])
def test_a_remark_in_dotenv_may_be_in_any_encoding(tmp_path, remark):
    (tmp_path / ".env").write_bytes(remark + SETTINGS.encode())
    assert find().credentials.api_secret == SECRET


@pytest.mark.parametrize(
    "raw",
    [
        SETTINGS.replace("=app", "=邮件").encode("gb18030"),
        SETTINGS.replace(SECRET, f"{SECRET}密").encode("gb18030"),
        SETTINGS.encode("utf-16-le"),
        SETTINGS.encode("utf-32"),
    ],
)
def test_settings_in_dotenv_that_cannot_be_read_are_an_error_that_names_the_file_and_tells_nothing_of_it(tmp_path, raw):
    (tmp_path / ".env").write_bytes(raw)
    with pytest.raises(CredentialsError, match=r"\.env.*save it as UTF-8") as caught:
        find()
    frames = list(traceback.walk_tb(caught.value.__traceback__))[1:]
    assert SECRET not in str(caught.value) + "".join(repr(frame.f_locals) for frame, _ in frames)


def test_dotenv_that_may_not_be_read_is_an_error_that_names_it(tmp_path, monkeypatch):
    write_dotenv(tmp_path, **WHOLE)

    def refused(file):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Root may read any file, so that the system itself cannot be asked to refuse.
    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(CredentialsError, match=r"\.env.*cannot be read"):
        find()


@pytest.mark.parametrize("name", ["app_id", "api_key", "api_secret"])
@pytest.mark.parametrize("value", ['"quoted"', "'quoted'", "with\x00null", "\udcff"])
def test_a_value_in_quotation_marks_or_with_what_is_no_character_is_refused_by_name(name, value):
    with pytest.raises(CredentialsError, match=name) as caught:
        Credentials(**WHOLE | {name: value})
    assert value not in str(caught.value)


def test_secrets_can_be_looked_for_while_other_threads_make_credentials():
    made, over, interval = deque(maxlen=500), threading.Event(), sys.getswitchinterval()

    def make():
        while not over.is_set():
            made.append(Credentials("app", "key-in-use", SECRET))

    thread = threading.Thread(target=make)
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        for _ in range(1_000):
            assert not holds_secret("nothing")
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_a_secret_is_known_wherever_credentials_can_come_from(monkeypatch, tmp_path):
    assert not holds_secret("from-dotenv from-environment in-use")
    write_dotenv(tmp_path, api_secret="from-dotenv")
    assert holds_secret("so from-dotenv it is")
    (tmp_path / ".env").write_bytes(b"EMAILRCD_API_KEY=\xff\xff\xff\xff\xff\xff\n")
    assert not holds_secret("so from-dotenv it is")
    put(monkeypatch, api_key="from-environment")
    assert holds_secret("so from-environment it is")
    credentials = Credentials("app", "in-use", SECRET)
    assert holds_secret("in-use")
    del credentials
    assert not holds_secret("in-use")


def test_dotenv_takes_a_dollar_sign_as_it_is(tmp_path):
    write_dotenv(tmp_path, **WHOLE | {"api_secret": "'a${HOME}b'"})
    assert find().credentials.api_secret == "a${HOME}b"


def test_sources_are_never_mixed(monkeypatch, tmp_path):
    write_dotenv(tmp_path, **WHOLE)
    put(monkeypatch, app_id="app", api_key=KEY)
    with pytest.raises(MissingCredentials, match="environment.*EMAILRCD_API_SECRET") as caught:
        find()
    assert KEY not in str(caught.value)


def test_the_keyring_comes_last(monkeypatch):
    held = {"app_id": "app", "api_key": KEY, "api_secret": SECRET, "base_url": None}
    module = types.SimpleNamespace(get_password=lambda service, name: held[name] if service == "emailrcd" else None)
    monkeypatch.setitem(sys.modules, "keyring", module)
    assert find().source == "the keyring"


def test_a_broken_keyring_counts_as_empty(monkeypatch):
    def broken(service, name):
        raise RuntimeError("no backend")

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=broken))
    with pytest.raises(MissingCredentials):
        find()


def test_missing_credentials_name_the_variables_and_the_sandbox():
    with pytest.raises(MissingCredentials, match=r"EMAILRCD_API_SECRET.*Sandbox"):
        Credentials.from_env()


def test_a_server_that_echoes_the_secret_is_redacted():
    assert SECRET not in Credentials(**WHOLE).redact(f"no account for {KEY}/{SECRET}")


def test_the_sandbox_has_credentials_of_its_own():
    assert "SANDBOX" in SANDBOX.app_id
