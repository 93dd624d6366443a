"""What tests do to the stub and to what stands before it, through the real client."""

import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

LINES = b"rep,patient=otter-maple-47 x=1.5 1\nrep,patient=lynx-violin-11 x=2.5 2\n"
ALL = {"start": "1970-01-01T00:00:00Z", "stop": "2262-01-01T00:00:00Z"}


def write(stub, lines=LINES, token=None, bucket="imutrack", **settings):
    with InfluxDBClient(stub.url, token or stub.token, org=stub.org, **settings) as client:
        client.write_api(write_options=SYNCHRONOUS).write(bucket, record=lines)


def refused(stub, lines=LINES, **said):
    with pytest.raises(ApiException) as caught:
        write(stub, lines, **said)
    return caught.value


def delete(stub, predicate, token=None, **times):
    with InfluxDBClient(stub.url, token or stub.token, org=stub.org) as client:
        said = {**ALL, **times}
        client.delete_api().delete(said["start"], said["stop"], predicate, bucket="imutrack")
