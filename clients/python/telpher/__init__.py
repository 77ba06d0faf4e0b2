"""A client for the Telpher task queue: asyncio and the standard library only."""

from .client import Submitted, Task, Telpher, spec
from .link import ConnectionLost, Refused, TelpherError
from .worker import Cancelled, PermanentFailure, Reserved, RetryAfter, Worker

__all__ = ["Cancelled", "ConnectionLost", "PermanentFailure", "Refused", "Reserved", "RetryAfter", "Submitted", "Task",
           "Telpher", "TelpherError", "Worker", "spec"]
