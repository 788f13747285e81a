"""A web site under test: started in its own gauge, waited for, asked what it cost, and stopped.

Who visits it is in `browser.py`.
"""

import contextlib
import http.client
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.gauge import Gauge, Memory, TreeGauge, end_all, memory_of, new_gauge
from bench.servers import BenchError

FIRST_PAGE = "/sign-in"
_START_SECONDS = 40.0


@dataclass(slots=True)
class Site:
    """One web server. Not started until `start`."""

    name: str
    argv: list[str]
    port: int
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    gauge: Gauge = field(default_factory=new_gauge)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the first page. Raises BenchError with the log's end."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self.gauge.wrap(self.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
                cwd=Path(__file__).parents[2],
            )
        if isinstance(self.gauge, TreeGauge):
            self.gauge.follow(self._process.pid)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                ending = self.log.read_text(errors="replace")[-1500:]
                self.stop()
                raise BenchError(f"{self.name} shows no page on port {self.port}: {ending}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it and whatever it started."""
        if self._process is None:
            return
        end_all(self.gauge)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self.gauge.close()
        self._process = None

    def cpu_seconds(self) -> float:
        return self.gauge.cpu_seconds()

    def memory(self) -> Memory:
        return memory_of(self.gauge.processes())

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", FIRST_PAGE, headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
