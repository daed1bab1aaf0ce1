"""What the environment says of proxies and certificates, and what people mistype there."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import traceback
from contextlib import suppress

import certifi
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from emailrcd.api.environment import proxy_for, tls_context
from emailrcd.errors import EmailrcdError

FAR = "https://api.itniotech.com/email/x"


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """No proxy and no bundle but those of the test."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("named", "url", "host", "port"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", "proxy.example", 3128),
        ("http://proxy.example/", "http://proxy.example/", "proxy.example", 80),
        ("proxy.example:3128", "http://proxy.example:3128", "proxy.example", 3128),
        ("me:p%23ss@proxy.example:3128", "http://me:p%23ss@proxy.example:3128", "proxy.example", 3128),
        (" HTTPS://me:p@ss@10.0.0.1 ", "HTTPS://me:p@ss@10.0.0.1", "10.0.0.1", 443),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", "2001:db8::1", 3128),
    ],
)
def test_a_proxy_is_taken_from_the_environment_and_shown_without_its_login(monkeypatch, named, url, host, port):
    monkeypatch.setenv("HTTPS_PROXY", named)
    proxy = proxy_for(FAR)
    assert (proxy.url, proxy.host, proxy.port, proxy.variable) == (url, host, port, "HTTPS_PROXY")
    assert f"{proxy} {proxy!r}" == f"{host}:{port} {host}:{port}"


def test_a_proxy_for_everything_is_taken_and_no_proxy_and_loopback_go_without(monkeypatch):
    assert proxy_for(FAR) is None
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert proxy_for(FAR).variable == "ALL_PROXY"
    for local in ("https://localhost:8443/x", "http://127.0.0.1:8025/x", "http://[::1]:8025/x"):
        assert proxy_for(local) is None
    monkeypatch.setenv("NO_PROXY", "itniotech.com")
    assert proxy_for(FAR) is None


MISTYPED = [
    "http://bob:s3cr#et@proxy.example:3128",
    "http://bob:s3cr?et@proxy.example:3128",
    "http://bob:s3cr/et@proxy.example:3128",
    "http://bob:1234#s3cr@proxy.example:3128",
    "http://bob:s3[cr@proxy.example:3128",
    "http://bob:s3 cr@proxy.example:3128",
    "http://bob:s3cr密码@proxy.example:3128",
    "http://bob:s3cr%E5%AF%86@proxy.example:3128",
    "http://bob:s3cr@proxy.example:three",
    "http://bob:s3cr@proxy.example:99999",
    "http://bob:s3cr@",
    '"http://bob:s3cr@proxy.example:3128"',
    "'http://bob:s3cr@proxy.example:3128'",
    "\u201chttp://bob:s3cr@proxy.example:3128\u201d",
    "http//bob:s3cr@proxy.example:3128",
    "http:/bob:s3cr@proxy.example:3128",
    "htp://bob:s3cr@proxy.example:3128",
    "s3cr://proxy.example:3128",
    "http:\\\\bob:s3cr@proxy.example:3128",
    "http://proxy.example/s3cr.pac",
    "http://",
]


@pytest.mark.parametrize("named", MISTYPED)
def test_a_mistyped_proxy_is_refused_by_the_name_of_its_variable_and_no_piece_of_it_is_told(monkeypatch, named):
    monkeypatch.setenv("HTTPS_PROXY", named)
    with pytest.raises(EmailrcdError, match="proxy in HTTPS_PROXY cannot be used") as caught:
        proxy_for(FAR)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = "".join(
        line for frame in trace.stack if frame.filename != __file__ for line in (frame.locals or {}).values()
    )
    assert "s3" not in shown + str(caught.value)


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), min_size=1))
def test_whatever_the_variable_holds_there_is_a_proxy_or_an_error_of_ours(text):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HTTPS_PROXY", text)
        with suppress(EmailrcdError):
            proxy = proxy_for(FAR)
            assert proxy is None or 0 < proxy.port < 65_536


def test_a_socks_proxy_without_its_extra_is_an_error_that_names_the_extra(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5h://me:s3cr@proxy.example")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmailrcdError, match=r"pip install 'emailrcd\[socks\]'") as caught:
        proxy_for(FAR)
    assert "s3cr" not in str(caught.value)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Company Ltd")


def trusts(context: ssl.SSLContext, authority: trustme.CA) -> bool:
    """Tell whether a context would accept certificates of an authority."""
    pem = authority.cert_pem.bytes().decode()
    return ssl.PEM_cert_to_DER_cert(pem) in context.get_ca_certs(binary_form=True)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_named_in_the_environment_is_trusted_alone_and_one_given_goes_before_it(
    monkeypatch, tmp_path, authority, variable
):
    given, other = tmp_path / "given.pem", trustme.CA()
    other.cert_pem.write_to_path(str(given))
    named = tmp_path / "named.pem"
    named.write_bytes(b"\xef\xbb\xbf" + authority.cert_pem.bytes())
    monkeypatch.setenv(variable, str(named))
    assert trusts(tls_context(), authority)
    assert len(tls_context().get_ca_certs()) == 1
    assert not trusts(tls_context(given), authority)
    assert trusts(tls_context(given), other)


def test_without_a_bundle_certifis_certificates_are_trusted():
    certifis = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    certifis.load_verify_locations(certifi.where())
    trusted = tls_context().get_ca_certs(binary_form=True)
    assert set(certifis.get_ca_certs(binary_form=True)) <= set(trusted)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl, to name a certificate as its folder does")
def test_without_a_bundle_the_systems_certificates_are_trusted_too(monkeypatch, tmp_path, authority):
    pem = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    command = ["openssl", "x509", "-subject_hash", "-noout", "-in", str(pem)]
    pem.rename(tmp_path / f"{subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()}.0")
    # By this variable OpenSSL itself learns where the system keeps certificates.
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    accepting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(accepting)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = tls_context().wrap_bio(to_client, to_server, server_hostname="localhost")
    server = accepting.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert client.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, b"", b"not PEM", b"\x30\x82"])
def test_a_bundle_that_cannot_be_used_is_refused_with_the_variable_that_names_it(
    monkeypatch, tmp_path, variable, content
):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(EmailrcdError, match=f"ca.pem.*from {variable}.*PEM file.*unset {variable}"):
        tls_context()
    monkeypatch.delenv(variable)
    with pytest.raises(EmailrcdError, match="ca.pem.*PEM file") as caught:
        tls_context(path)
    assert "unset" not in str(caught.value)
