"""Asking the DNS, of a name server on this machine."""

from __future__ import annotations

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from emailrcd.analysis.failures import resolving
from emailrcd.analysis.failures.resolving import NO_DOMAIN, NO_SERVER, NULL_MX, dns_marks
from tests.analysis.failures.worlds import ordinary

MX = {"qq.com": "10 mx.qq.com.", "gmail.com": "0 ."}
EXISTING = {*MX, "163.com"}


class NameServer(threading.Thread):
    """Answers on loopback: qq.com takes mail, gmail.com declares that it does not, 163.com has no server, no other exists."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.asked = []

    def run(self):
        while True:
            wire, sender = self.socket.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            question = query.question[0]
            name, kind = str(question.name).rstrip("."), question.rdtype.name
            self.asked.append((name, kind))
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            if name not in EXISTING:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            elif kind == "MX" and name in MX:
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", "MX", MX[name]))
            self.socket.sendto(reply.to_wire(), sender)

    def stop(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.join()
        self.socket.close()


@pytest.fixture
def server():
    running = NameServer()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def resolver(server):
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers = ["127.0.0.1"]
    asking.port = server.socket.getsockname()[1]
    return asking


@pytest.fixture
def mails():
    return ordinary(1, 3_000, tail=5).records()


def domains(mails, mask):
    return set(mails["domain"][mask])


def failed(mails):
    return (mails["status"] == "failed").to_numpy()


def marked(mails, resolver):
    return dns_marks(mails["domain"], failed(mails), resolver)


def test_domains_that_take_no_mail_are_told_apart(mails, resolver):
    marks = marked(mails, resolver)
    assert domains(mails, marks[NULL_MX]) == {"gmail.com"}
    assert domains(mails, marks[NO_SERVER]) == {"163.com"}
    asked = domains(mails, failed(mails))
    assert domains(mails, marks[NO_DOMAIN]) == asked - EXISTING


def test_a_domain_is_asked_about_once_an_investigation(mails, resolver, server):
    marked(mails, resolver)
    assert {name for name, _ in server.asked} == domains(mails, failed(mails))
    assert len(set(server.asked)) == len(server.asked)


def test_a_domain_that_takes_mail_again_is_not_accused_by_the_next_investigation(mails, resolver, monkeypatch):
    assert "gmail.com" in domains(mails, marked(mails, resolver)[NULL_MX])
    monkeypatch.setitem(MX, "gmail.com", "5 gmail-smtp-in.l.google.com.")
    assert not any("gmail.com" in domains(mails, mask) for mask in marked(mails, resolver).values())


def test_no_more_domains_are_asked_about_than_is_seemly(mails, resolver, server, monkeypatch):
    monkeypatch.setattr(resolving, "MOST_DOMAINS", 2)
    marked(mails, resolver)
    assert len({name for name, _ in server.asked}) == 2


def test_a_domain_about_which_no_answer_comes_is_not_accused(mails, resolver, server, monkeypatch):
    monkeypatch.setattr(resolving, "DEADLINE_SECONDS", 0.0)
    assert not any(mask.any() for mask in marked(mails, resolver).values())
    assert server.asked == []
