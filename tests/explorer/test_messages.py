"""Messages: both sides know all of them."""

from __future__ import annotations

import re

import pytest

from emailrcd.errors import EmailrcdError
from emailrcd.explorer import replies
from emailrcd.explorer.controls import MESSAGES, received
from emailrcd.explorer.replies import Message
from emailrcd.explorer.widget import bundled, styled

SCRIPT = bundled()
REPLIES = [each for each in vars(replies).values() if isinstance(each, type) and issubclass(each, Message)]


def type_of(message: type[Message]) -> str:
    return message.__struct_config__.tag


@pytest.mark.parametrize("message", MESSAGES, ids=type_of)
def test_the_page_says_what_the_app_understands(message):
    assert f'send("{type_of(message)}"' in SCRIPT


def test_the_app_understands_all_that_the_page_says():
    assert set(re.findall(r'\bsend\("([a-z-]+)"', SCRIPT)) == {type_of(each) for each in MESSAGES}


@pytest.mark.parametrize("message", [each for each in REPLIES if each is not Message], ids=type_of)
def test_the_page_hears_what_the_app_tells(message):
    name = type_of(message)
    assert re.search(rf'(?:^|[{{,\s])(?:"{name}"|{re.escape(name)})(?::|\()', SCRIPT)


def test_a_number_in_place_of_a_text_is_refused_by_the_name_of_its_key():
    with pytest.raises(EmailrcdError, match=r"\$\.path"):
        received({"type": "read-path", "path": 7, "purpose": "ids"})


def test_the_script_is_one_module_and_loads_nothing():
    assert not re.search(r"^\s*import ", SCRIPT, re.M)
    assert re.findall(r"^export .*", SCRIPT, re.M) == ["export default { render };"]
    assert "url(" not in styled()
