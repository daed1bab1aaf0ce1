"""Samples in the forms the vendor publishes run against the sandbox; only host and credentials are exchanged."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from emailrcd.sandbox import Sandbox

PYTHON = r"""
import requests
import hashlib
import json
import time

headers = {'Content-Type': 'application/json;charset=utf-8'}

url = "https://api.itniotech.com/email/getSendEmailRcd"

app_id = "your appid"
api_key = "your api key"
api_secret = "your api secret"

timestamp = int(time.time())
s = "%s%s%s" % (api_key, api_secret, str(timestamp))
sign = hashlib.md5(s.encode(encoding='UTF-8')).hexdigest()

headers['Sign'] = sign
headers['Timestamp'] = str(timestamp)
headers['Api-Key'] = api_key

body = {"appId": app_id, "emailId": "2208031112341000001,2208031112361000002"}
print(body)

rsp = requests.get(url, params=body, headers=headers)
if rsp.status_code == 200:
    res = json.loads(rsp.text)
    print(res)
"""

PHP = r"""<?php

header('content-type:text/html;charset=utf8');

$apiKey = "your api key";
$apiSecret = "your api secret";
$appId = "your appid";

$url = "https://api.itniotech.com/email/getSendEmailRcd";

$timeStamp = time();
$sign = md5($apiKey.$apiSecret.$timeStamp);

$dataArr['appId'] = $appId;
$dataArr['emailId'] = '2208031112341000001,2208031112361000002';

$headers = array('Content-Type: application/json;charset=UTF-8', "Sign: $sign", "Timestamp: $timeStamp", "Api-Key: $apiKey");

$ch = curl_init();
curl_setopt($ch, CURLOPT_CUSTOMREQUEST, 'GET');
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
curl_setopt($ch, CURLOPT_TIMEOUT, 600);
curl_setopt($ch, CURLOPT_URL, $url.'?appId='.$dataArr['appId'].'&emailId='.$dataArr['emailId']);
curl_setopt($ch, CURLOPT_HTTPHEADER, $headers);

$output = curl_exec($ch);
curl_close($ch);

var_dump($output);
"""

CURL = """GET /email/getSendEmailRcd HTTP/1.1
Host: api.itniotech.com
User-Agent: curl/7.64.1
Accept: */*
Content-Type: application/json;charset=UTF-8
Sign: <sign>
Timestamp: <timestamp>
Api-Key: your api key
Content-Length: <length>

{
    "appId":"your appid",
    "emailId":"2208031112341000001",
}"""

JAVA = """POST /email/getSendEmailRcd HTTP/1.1
Accept: text/html,application/json,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3770.142 Hutool
Accept-Encoding: gzip, deflate
Accept-Language: zh-CN,zh;q=0.8
Connection: Keep-Alive
Content-Type: application/json;charset=UTF-8
Sign: <sign>
Timestamp: <timestamp>
Api-Key: your api key
Cache-Control: no-cache
Pragma: no-cache
Host: api.itniotech.com
Content-Length: <length>

{"appId":"your appid","emailId":"2208031112341000001"}"""

SDK = """POST /v3/email/getSendEmailRcd HTTP/1.1
Connection: keep-alive
Content-Type: application/json;charset=UTF-8
Sign: <sign>
Timestamp: <timestamp>
Api-Key: your api key
Accept: text/html,application/json,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
Host: api.onbuka.com
Content-Length: <length>

{"emailId":"2208031112341000001,2208031112361000002","appId":"your appid"}"""


def adapted(sample, sandbox):
    """Exchange host and credentials, and leave all else as it is."""
    for theirs, ours in {
        "https://api.itniotech.com/email": sandbox.base_url,
        "api.itniotech.com": urlsplit(sandbox.base_url).netloc,
        "api.onbuka.com": urlsplit(sandbox.base_url).netloc,
        "your appid": sandbox.credentials.app_id,
        "your api key": sandbox.credentials.api_key,
        "your api secret": sandbox.credentials.api_secret,
    }.items():
        sample = sample.replace(theirs, ours)
    return sample


def outcomes(sandbox):
    return [(call.method, call.count, call.outcome) for call in sandbox.calls]


def test_the_python_sample_runs():
    with Sandbox() as sandbox:
        code = adapted(PYTHON, sandbox)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert "'reason': 'success'" in done.stdout
        assert outcomes(sandbox) == [("GET", 2, "0")]


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
def test_the_php_sample_runs(tmp_path):
    file = tmp_path / "sample.php"
    with Sandbox() as sandbox:
        file.write_text(adapted(PHP, sandbox))
        done = subprocess.run(["php", str(file)], capture_output=True, text=True, timeout=60, check=True)
        assert '"reason":"success"' in done.stdout
        assert outcomes(sandbox) == [("GET", 2, "0")]


@pytest.mark.parametrize(("sample", "form"), [(CURL, ("GET", 1)), (JAVA, ("POST", 1)), (SDK, ("POST", 2))])
def test_the_other_samples_replayed_byte_for_byte_are_answered(sandbox, clock, sign, sample, form):
    head, _, body = adapted(sample, sandbox).partition("\n\n")
    signed = sign(int(clock.now))
    for blank, value in (("sign", signed["Sign"]), ("timestamp", signed["Timestamp"]), ("length", len(body))):
        head = head.replace(f"<{blank}>", str(value))
    request = f"{head}\n\n".replace("\n", "\r\n").encode() + body.encode()
    parts = urlsplit(sandbox.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            assert stream.readline() == b"HTTP/1.1 200 OK\r\n"
            headers = dict(line.decode().strip().split(": ", 1) for line in iter(stream.readline, b"\r\n"))
            reply = json.loads(stream.read(int(headers["Content-Length"])))
    assert (reply["status"], reply["reason"]) == ("0", "success")
    assert outcomes(sandbox) == [(*form, "0")]
