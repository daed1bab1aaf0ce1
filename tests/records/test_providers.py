"""Mailbox providers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.records.providers import PROVIDERS, provider_of


@pytest.mark.parametrize(
    ("domains", "provider"),
    [
        ("qq.com vip.qq.com foxmail.com", "Tencent QQ"),
        ("163.com 126.com yeah.net vip.163.com 188.com", "NetEase"),
        ("sina.com sina.cn vip.sina.com sina.com.cn", "Sina"),
        ("sohu.com", "Sohu"),
        ("aliyun.com", "Aliyun"),
        ("139.com", "China Mobile 139"),
        ("189.cn 21cn.com", "China Telecom 189"),
        ("wo.cn", "China Unicom Wo"),
        ("gmail.com googlemail.com", "Google"),
        ("outlook.com hotmail.com live.com live.cn outlook.de hotmail.co.uk outlook.com.br msn.com", "Microsoft"),
        ("yahoo.com yahoo.co.uk yahoo.com.hk yahoo.fr ymail.com", "Yahoo"),
        ("yahoo.co.jp", "Yahoo! Japan"),
        ("icloud.com me.com mac.com", "Apple"),
        ("naver.com", "Naver"),
        ("mail.ru bk.ru", "Mail.ru"),
        ("yandex.ru ya.ru", "Yandex"),
        ("proton.me protonmail.com", "Proton"),
    ],
)
def test_the_big_providers_are_known_by_their_domains(domains, provider):
    assert {provider_of(domain) for domain in domains.split()} == {provider}


@pytest.mark.parametrize(
    "domain", ["example.com", "gmial.com", "notqq.com", "qq.com.evil.example", "mail.live.com", "yahoo.example"]
)
def test_what_merely_looks_like_a_big_provider_is_another_one(domain):
    assert provider_of(domain) == "other"


@pytest.mark.parametrize("domain", [None, ""])
def test_without_an_address_the_provider_is_unknown(domain):
    assert provider_of(domain) == "unknown"


@given(st.text() | st.none())
def test_every_domain_has_a_provider_of_the_list(domain):
    assert provider_of(domain) in PROVIDERS


def test_each_provider_is_listed_once():
    assert len(set(PROVIDERS)) == len(PROVIDERS)
