"""Which mailbox provider a recipient domain belongs to: the big ones of China and of the world."""

from __future__ import annotations

import re

_DOMAINS = {
    "Tencent QQ": "qq.com vip.qq.com foxmail.com",
    "NetEase": "163.com 126.com yeah.net vip.163.com vip.126.com 188.com 163.net 127.net netease.com",
    "Sina": "sina.com sina.cn vip.sina.com vip.sina.cn sina.com.cn 2008.sina.com 51uc.com",
    "Sohu": "sohu.com vip.sohu.com sogou.com chinaren.com 17173.com",
    "Aliyun": "aliyun.com aliyun.cn",
    "China Mobile 139": "139.com",
    "China Telecom 189": "189.cn 21cn.com 21cn.net",
    "China Unicom Wo": "wo.cn wo.com.cn",
    "Tom": "tom.com vip.tom.com 163vip.com",
    "Google": "gmail.com googlemail.com",
    "Microsoft": "msn.com windowslive.com passport.com",
    "Yahoo": "ymail.com rocketmail.com myyahoo.com",
    "Yahoo! Japan": "yahoo.co.jp ybb.ne.jp",
    "AOL": "aol.com aim.com",
    "Apple": "icloud.com icloud.com.cn me.com mac.com",
    "Proton": "proton.me protonmail.com protonmail.ch pm.me",
    "Zoho": "zoho.com zohomail.com zohomail.cn zoho.com.cn",
    "GMX & WEB.DE": "gmx.de gmx.net gmx.com gmx.at gmx.ch web.de mail.com",
    "T-Online": "t-online.de",
    "Mail.ru": "mail.ru bk.ru inbox.ru list.ru internet.ru",
    "Yandex": "yandex.ru yandex.com ya.ru",
    "Naver": "naver.com",
    "Kakao": "kakao.com hanmail.net daum.net",
    "Docomo": "docomo.ne.jp",
    "Orange": "orange.fr wanadoo.fr",
    "Free": "free.fr",
    "Libero": "libero.it virgilio.it iol.it",
    "Comcast": "comcast.net xfinity.com",
    "PChome": "pchome.com.tw",
    "Hinet": "hinet.net msa.hinet.net ms1.hinet.net",
}

_BY_DOMAIN = {domain: provider for provider, domains in _DOMAINS.items() for domain in domains.split()}

_COUNTRY_VARIANTS = (
    (re.compile(r"(?:outlook|hotmail|live)\.(?:com|[a-z]{2}|com?\.[a-z]{2})"), "Microsoft"),
    (re.compile(r"yahoo\.(?:com|[a-z]{2}|com?\.[a-z]{2})"), "Yahoo"),
)
"""Providers whose domains exist under many countries."""

OTHER = "other"
UNKNOWN = "unknown"

PROVIDERS = (*_DOMAINS, OTHER, UNKNOWN)
"""All providers: `other` is a known domain of a small one, `unknown` means that there is no address."""


def provider_of(domain: str | None) -> str:
    """Return the provider of a recipient domain, in lower case as in a records frame.

    Examples
    --------
    >>> provider_of("foxmail.com"), provider_of("hotmail.co.uk"), provider_of("gmial.com"), provider_of(None)
    ('Tencent QQ', 'Microsoft', 'other', 'unknown')
    """
    if not domain:
        return UNKNOWN
    known = _BY_DOMAIN.get(domain)
    if known:
        return known
    for pattern, provider in _COUNTRY_VARIANTS:
        if pattern.fullmatch(domain):
            return provider
    return OTHER
