"""The way to a real InfluxDB, with faults on it: for a client whose server stored the batch and never said so."""

from urllib.parse import urlencode

import urllib3

from influx.faulty import Asked, Faulty, Reply
from influx.instance import Influx

PASSED_ON = ("Authorization", "Content-Type", "Content-Encoding", "Accept")
PASSED_BACK = ("Content-Type", "X-Influxdb-Version", "X-Influxdb-Error", "Retry-After")


class Wire(Faulty):
    """Passes every request to a server and its answer back; use it in a ``with``, in place of the server's url."""

    def __init__(self, influx: Influx) -> None:
        super().__init__()
        self._influx = influx
        self._http = urllib3.PoolManager(retries=False, timeout=30.0, maxsize=16)

    def reply(self, asked: Asked) -> Reply:
        headers = {name: asked.headers[name] for name in PASSED_ON if name in asked.headers}
        url = f"{self._influx.url}{asked.path}?{urlencode(asked.query)}"
        answer = self._http.request(asked.method, url, body=asked.body or None, headers=headers)
        said = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        return Reply(answer.status, answer.data, said)
