"""Log lines that name routes and places in the code, never people, addresses or links."""

import logging
import traceback


class WithoutPeople(logging.Formatter):
    """One line per event: a failed request as method, route and status; an exception as its type and where it happened."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record)} {record.levelname} {record.name}: {self._what(record)}"

    def _what(self, record: logging.LogRecord) -> str:
        parts = [_request(record)] if hasattr(record, "request") else []
        if record.exc_info and record.exc_info[0]:
            parts.append(_raised(*record.exc_info))
        return " ".join(parts) or record.getMessage()


def _request(record: logging.LogRecord) -> str:
    request = record.request
    match = getattr(request, "resolver_match", None)  # the path may carry a private link, the route does not
    return f"{getattr(request, 'method', '-')} {f'/{match.route}' if match else '(no route)'} {getattr(record, 'status_code', '-')}"


def _raised(kind: type[BaseException], _error: BaseException, trace: object) -> str:
    *ours, last = traceback.extract_tb(trace)
    places = [last, *(frame for frame in reversed(ours) if "site-packages" not in frame.filename)]
    return f"{kind.__module__}.{kind.__qualname__} at " + " < ".join(f"{place.filename}:{place.lineno} {place.name}" for place in places)
