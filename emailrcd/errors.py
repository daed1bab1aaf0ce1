"""Every error, and what an extra lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import pandas as pd


class EmailrcdError(Exception):
    """Root of every error this package raises on purpose.

    Attributes
    ----------
    retryable : bool
        Whether the same call can succeed if it is made again.
    fatal : bool
        Whether every other call of the same query will meet the same error.
    code : str or None
        The vendor's reply code, where there is one.
    records : pandas.DataFrame or None
        What a query had obtained when it ended with this error; ids not asked yet are ``unanswered``.
    """

    retryable: bool = False
    fatal: bool = False
    code: str | None = None
    records: pd.DataFrame | None = None


@contextmanager
def in_place_of(*kinds: type[BaseException], error: Callable[[str], EmailrcdError]) -> Iterator[None]:
    """Raise an error of this package in place of others, made of a few words on what went wrong and nothing else of them."""
    try:
        yield
    except kinds as exc:
        told = error(getattr(exc, "strerror", None) or type(exc).__name__)
    else:
        return
    raise told from None


class EmailrcdWarning(UserWarning):
    """Something the user should know that does not stop the work."""


class QueryInterrupted(KeyboardInterrupt):
    """Ctrl-C during a query; what was obtained is on ``.records``."""

    records: pd.DataFrame | None = None


class IdsError(EmailrcdError):
    """The ids cannot be taken as they are; the message names the rows, ``.candidates`` what there is to choose from."""

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class RoundedIdsError(IdsError):
    """A spreadsheet or a float has rounded the ids: asking them would ask about somebody else's mail."""


class AmbiguousColumnError(IdsError):
    """Several columns could hold the ids, or none."""


class AmbiguousSheetError(IdsError):
    """Several sheets of a workbook could hold the ids, or none."""


class CredentialsError(EmailrcdError):
    """Credentials that cannot be used; nothing was sent."""

    fatal = True


class MissingCredentials(CredentialsError):
    """No source holds a whole set of credentials; ``.source`` names the one that holds a part, if any."""

    def __init__(self, message: str, source: str | None = None) -> None:
        super().__init__(message)
        self.source = source


class TransportError(EmailrcdError):
    """No usable reply came back; the message names host and cause."""


class ConnectionFailed(TransportError):
    """Connection refused, reset or closed early, or the host is unknown."""

    retryable = True


class TimedOut(TransportError):
    """No connection, or no whole reply, within the time-out."""

    retryable = True


class TLSError(TransportError):
    """The server's certificate was not accepted."""

    fatal = True


class HTTPStatusError(TransportError):
    """The server answered with an HTTP status other than 200.

    408, 429 and 5xx heal and are retried; 400, 401, 403, 404, 405, 407, 511 mean a wrong host, path, proxy or network: fatal.
    """

    def __init__(self, message: str, status_code: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.retry_after = retry_after
        self.fatal = status_code in {400, 401, 403, 404, 405, 407, 511} or 300 <= status_code < 400
        self.retryable = not self.fatal and (status_code in (408, 429) or status_code >= 500)


class RedirectRefused(HTTPStatusError):
    """The server redirected; signed headers never travel to another address."""


class RateLimited(HTTPStatusError):
    """HTTP 429: too many calls. ``.retry_after`` holds the seconds the server asked for, if it did."""


class ReplyError(TransportError):
    """A reply that breaks the contract; the message names the field."""

    retryable = True


class WebPage(ReplyError):
    """A web page came in place of a reply: that of a portal, a firewall or a proxy; the message tells its title."""

    retryable = False


class ApiError(EmailrcdError):
    """The API answered with a code other than ``"0"``.

    Codes and Chinese texts are those of the vendor's page of ``getSendEmailRcd``; English and advice are ours. ``.reason`` is
    the reply's, free of secrets and addresses.
    """

    vendor_text: ClassVar[str] = ""
    meaning: ClassVar[str] = ""
    advice: ClassVar[str] = ""

    def __init__(self, code: str, reason: str = "", advice: str = "") -> None:
        self.code = code
        self.reason = reason
        told = self.vendor_text or "not in the published table"
        said = f' The server said: "{reason}".' if reason and reason != self.vendor_text else ""
        super().__init__(f"API code {code} ({told}): {self.meaning}.{said} {advice or self.advice}")


class AuthenticationFailed(ApiError):
    """Code -1: wrong key, secret or signature."""

    fatal = True
    vendor_text = "身份验证错误"
    meaning = "authentication failed: wrong API key or secret"
    advice = "Copy key and secret from the vendor's console again, without blanks, and check that both belong together."


class DuplicateRequest(ApiError):
    """Code -2: the same request twice; documented of the sending methods only. All calls of a second share one signature."""

    vendor_text = "重复请求"
    meaning = "the server takes the call for one that it has had"
    advice = "It was so again when signed anew a second later: lower max_rate, and query the unanswered ids again."


class AccountLocked(ApiError):
    """Code -4: the account is locked."""

    fatal = True
    vendor_text = "用户锁定"
    meaning = "the account is locked"
    advice = "Ask the vendor's support to unlock it; asking again before that cannot help."


class IdsRefused(ApiError):
    """Code -5: a field is empty, or a queried id is abnormal."""

    vendor_text = "字段为空或查询ID异常"
    meaning = "a field is empty or a queried id is abnormal"
    advice = "Check the app id first; if it is right, one of the ids is not an email id."


class TimestampExpired(ApiError):
    """Code -6: the timestamp has expired."""

    fatal = True
    vendor_text = "时间戳过期"
    meaning = "the timestamp has expired"
    advice = (
        "The reply brought no time to correct it by: set this machine's clock (for example with NTP) and try again."
    )


class IpNotAllowed(ApiError):
    """Code -8: this IP address is not allowed."""

    fatal = True
    vendor_text = "限制IP访问"
    meaning = "this machine's IP address is not allowed"
    advice = "Add its public IP address to the allow list in the vendor's console, or ask from an allowed network."


class ServerFault(ApiError):
    """Code -23: a fault on the server's side."""

    retryable = True
    vendor_text = "端口或者程序异常"
    meaning = "a fault on the server's side"
    advice = "It usually passes: query the unanswered ids again in a few minutes."


class AccountUnverified(ApiError):
    """Code -24: the account is not verified."""

    fatal = True
    vendor_text = "您的账号未验证,请验证!"
    meaning = "the account is not verified"
    advice = "Complete the verification in the vendor's console."


class TooManyIds(ApiError):
    """Code -28: more ids in one call than the server takes."""

    vendor_text = "一次只能查询200个emailID,超过最大查询限制"
    meaning = "more ids in one call than the server takes"
    advice = "Ask in smaller batches."


class UnknownCode(ApiError):
    """A code that the vendor does not document; never retried."""

    meaning = "an unknown reply code"
    advice = "Ask the vendor's support what it means, quoting the code."


API_ERRORS: dict[str, type[ApiError]] = {
    "-1": AuthenticationFailed,
    "-2": DuplicateRequest,
    "-4": AccountLocked,
    "-5": IdsRefused,
    "-6": TimestampExpired,
    "-8": IpNotAllowed,
    "-23": ServerFault,
    "-24": AccountUnverified,
    "-28": TooManyIds,
}


class LedgerError(EmailrcdError):
    """The local history cannot be opened, read or written; the message names the file."""


class MissingExtra(EmailrcdError):
    """What was asked for needs more packages than ``pip install emailrcd`` brings; the message has the command to type."""


def require(module: str, extra: str, what: str) -> None:
    """Refuse `what` where `module`, which comes with an extra, is not installed."""
    if find_spec(module) is None:
        raise MissingExtra(f"{what} needs {module}, which is not installed. Type: pip install 'emailrcd[{extra}]'")


class UnsafeFile(EmailrcdError):
    """A file made to be shared would give away an address or a secret; it was not written."""


class QueryStopped(EmailrcdError):
    """The query was asked to stop; what was obtained is on ``.records``."""

    fatal = True


class TroubleSpreads(EmailrcdError):
    """Several calls in a row were given up; what was obtained is on ``.records``."""

    fatal = True


class ResourcesExhausted(EmailrcdError):
    """The machine ran out of memory or threads; what was obtained is on ``.records``."""

    fatal = True
