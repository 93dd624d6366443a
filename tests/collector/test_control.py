import asyncio
import contextlib
import resource
import socket
import stat
import subprocess
import sys
import threading
from contextlib import aclosing, asynccontextmanager
from operator import gt
from pathlib import Path

import pytest

from imutrack.collector.control.client import ANSWER_BYTES, REQUEST_BYTES, ask, socket_path
from imutrack.collector.control.feed import Feed
from imutrack.collector.control.listening import check_path
from imutrack.collector.control.server import ControlParams, serve
from imutrack.collector.guarding import tell_plainly
from imutrack.errors import ImutrackError, LinkError, ResultError, SettingsError


async def asked(path, request, **options):
    """What a command gets, in a thread as in a process of its own."""
    return await asyncio.to_thread(lambda: list(ask(path, request, **options)))


async def echo(request):
    yield request


@asynccontextmanager
async def client(path, line=b'{"do": "it"}\n'):
    reader, writer = await asyncio.open_unix_connection(path, limit=ANSWER_BYTES)
    try:
        writer.write(line)
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def with_server(path, handle, scenario, **params):
    async def run():
        async with asyncio.timeout(10), serve(path, handle, ControlParams(**params)):
            return await scenario()

    return asyncio.run(run())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "collector.sock"


def test_one_request_gets_all_its_answers_in_order(path):
    async def count(request):
        for number in range(request["to"]):
            yield {"number": number, "text": "Übung"}

    answers = with_server(path, count, lambda: asked(path, {"to": 1000}))
    assert answers == [{"number": number, "text": "Übung"} for number in range(1000)]


def test_answers_may_be_none_and_may_be_large(path):
    async def handle(request):
        if request["large"]:
            yield {"text": "x" * (ANSWER_BYTES - 100)}

    assert with_server(path, handle, lambda: asked(path, {"large": False})) == []
    assert len(with_server(path, handle, lambda: asked(path, {"large": True}))[0]["text"]) == ANSWER_BYTES - 100


@pytest.mark.parametrize("kind", [SettingsError, ResultError, LinkError, ImutrackError])
def test_an_error_is_raised_at_the_client_as_what_it_was_at_the_collector(path, kind):
    async def handle(_):
        yield {"first": True}
        raise kind("no strap 7: known are 3 and 4")

    async def scenario():
        with pytest.raises(ImutrackError) as raised:
            await asked(path, {})
        return raised.value

    error = with_server(path, handle, scenario)
    assert type(error) is kind
    assert str(error) == "no strap 7: known are 3 and 4"


@pytest.mark.parametrize("answer", [{"number": object()}, {"text": "x" * ANSWER_BYTES}])
def test_a_fault_of_the_collector_is_logged_there_and_says_nothing_of_itself_to_the_client(path, answer, caplog):
    async def handle(_):
        yield answer

    with pytest.raises(ImutrackError, match="look at its log"):
        with_server(path, handle, lambda: asked(path, {}))
    assert caplog.records[-1].exc_info


def test_an_error_kind_that_this_version_does_not_know_is_an_error_all_the_same(path):
    class NewerError(ImutrackError):
        pass

    async def handle(_):
        raise NewerError("so it is")
        yield

    with pytest.raises(ImutrackError, match=r"^so it is$") as raised:
        with_server(path, handle, lambda: asked(path, {}))
    assert type(raised.value) is ImutrackError


@pytest.mark.parametrize("line", [b"hello\n", b"[1]\n", b"\xff\xfe\n", b'{"a": ' + b"9" * REQUEST_BYTES + b"}\n"])
def test_what_is_no_request_is_answered_with_an_error(path, line):
    async def scenario():
        async with client(path, line) as (reader, _):
            return await reader.readline()

    assert b"did not understand" in with_server(path, echo, scenario)


def test_a_request_that_is_too_long_is_refused_before_it_is_sent(path):
    with pytest.raises(SettingsError, match="make it shorter"):
        with_server(path, echo, lambda: asked(path, {"note": "x" * REQUEST_BYTES}))


def test_without_a_collector_the_client_says_what_to_start(path):
    with pytest.raises(SettingsError, match=r"no collector runs here: start imutrack collect$"):
        next(ask(path, {}))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(SettingsError, match=r"no collector runs here: start imutrack collect$"):
        next(ask(path, {}))


def test_a_collector_that_ends_in_the_midst_is_an_error_at_the_client(path):
    waiting = asyncio.Event()

    async def handle(_):
        yield {"first": True}
        waiting.set()
        await asyncio.Event().wait()

    async def run():
        async with serve(path, handle):
            asking = asyncio.ensure_future(asked(path, {}))
            await waiting.wait()
        with pytest.raises(ImutrackError, match="the collector ended before it had answered"):
            await asking

    asyncio.run(run())


def test_a_collector_that_says_nothing_is_not_waited_for_for_ever(path):
    async def handle(_):
        await asyncio.Event().wait()
        yield {}

    with pytest.raises(ImutrackError, match=r"does not answer, after 0\.05 s"):
        with_server(path, handle, lambda: asked(path, {}, silent_s=0.05), linger_s=0.0)


@pytest.mark.parametrize("silent_s", [None, 60.0])
def test_a_collector_that_stands_still_is_told_soon_whatever_was_asked(path, silent_s):
    """The kernel takes the connection and the request, and nobody reads them."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as frozen:
        frozen.bind(str(path))
        frozen.listen()
        with pytest.raises(ImutrackError, match=r"does not answer, after 0\.05 s.* takes effect once it goes on"):
            list(ask(path, {"do": "task stop"}, silent_s=silent_s, first_s=0.05))
        woken, _ = frozen.accept()
        with woken:
            assert woken.recv(100) == b'{"do": "task stop"}\n'


def test_after_its_first_answer_a_collector_may_take_its_time(path):
    async def handle(_):
        yield {"said": "lift the leg"}
        await asyncio.sleep(0.1)
        yield {"said": "go"}

    answers = with_server(path, handle, lambda: asked(path, {}, first_s=0.05))
    assert [each["said"] for each in answers] == ["lift the leg", "go"]


def test_only_the_user_of_the_collector_can_connect_and_nothing_is_left_behind(path):
    async def scenario():
        return stat.S_IMODE(path.stat().st_mode)

    assert with_server(path, echo, scenario) == 0o600
    assert not path.exists()


def test_a_second_collector_is_refused_and_the_first_is_not_disturbed(path):
    async def scenario():
        with pytest.raises(ImutrackError, match="a collector runs already here") as raised:
            async with serve(path, echo):
                pass
        assert type(raised.value) is ImutrackError  # it may be about to end: whoever starts this one tries again
        return await asked(path, {"a": 1})

    assert with_server(path, echo, scenario) == [{"a": 1}]


def test_the_socket_of_a_collector_that_was_killed_is_replaced(path):
    program = (
        "import asyncio, os, pathlib, signal, sys\n"
        "from imutrack.collector.control.server import serve\n"
        "async def main():\n"
        "    async with serve(pathlib.Path(sys.argv[1]), None):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == -9
    assert path.is_socket()
    assert with_server(path, echo, lambda: asked(path, {"a": 1})) == [{"a": 1}]


def test_what_is_no_socket_is_not_removed(path):
    path.write_text("a plan")
    with pytest.raises(SettingsError, match="is there and no socket"):
        with_server(path, echo, lambda: asked(path, {}))
    assert path.read_text() == "a plan"


def test_a_path_too_long_for_a_socket_names_the_setting(tmp_path):
    path = tmp_path / ("x" * 120)
    with pytest.raises(SettingsError, match=r"set \[collector\] socket"):
        with_server(path, echo, lambda: asked(path, {}))
    with pytest.raises(SettingsError, match="cannot be asked"):
        next(ask(path, {}))


def test_a_missing_folder_is_of_the_settings_and_a_machine_without_room_is_not(path):
    with pytest.raises(SettingsError, match=r"set \[collector\] socket"):
        with_server(path.parent / "missing" / "it.sock", echo, list)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def run():
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            async with serve(path, echo):
                pass
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    with pytest.raises(ImutrackError, match="no socket can be made now") as raised:
        asyncio.run(run())
    assert type(raised.value) is ImutrackError


@pytest.mark.parametrize("also", [[], ["collector.sock.lock"]])
def test_a_socket_that_somebody_deletes_is_made_anew_and_who_was_connected_stays(path, also, caplog):
    goes_on = asyncio.Event()

    async def handle(request):
        yield {"first": True}
        if "wait" in request:
            await goes_on.wait()
            yield {"second": True}

    async def scenario():
        async with client(path, b'{"wait": 1}\n') as (reader, _):
            await reader.readline()
            for name in ["collector.sock", *also]:
                path.with_name(name).unlink()
            while not path.exists():  # until the time of the test is over
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.02)
            assert await asked(path, {}) == [{"first": True}]
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            with pytest.raises(ImutrackError, match="a collector runs already here"):
                async with serve(path, echo):
                    pass
            goes_on.set()
            return await reader.readline()

    assert with_server(path, handle, scenario, look_s=0.01) == b'{"answer":{"second":true}}\n'
    assert [each.getMessage() for each in caplog.records] == [
        f"{path}: somebody deleted this socket, over which commands come: made anew"
    ]
    assert not path.exists()


def test_a_socket_that_cannot_be_made_anew_is_said_once_and_tried_again(tmp_path, caplog):
    path = tmp_path / "folder" / "it.sock"
    path.parent.mkdir()

    async def scenario():
        path.parent.rename(tmp_path / "elsewhere")
        while not caplog.records:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(caplog.records) == 1
        path.parent.mkdir()
        while not path.exists():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)
        return await asked(path, {"a": 1})

    assert with_server(path, echo, scenario, look_s=0.01) == [{"a": 1}]


def test_a_path_where_no_socket_can_be_is_known_before_one_is_made(tmp_path, path):
    check_path(path, tmp_path)
    check_path(tmp_path / "later" / "it.sock", tmp_path / "later")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingsError, match=r"No such file or directory.*: set \[collector\] socket$"):
        check_path(tmp_path / "missing" / "it.sock", tmp_path)
    with pytest.raises(SettingsError, match=r"too long.*: set \[collector\] socket$"):
        check_path(tmp_path / ("x" * 120), tmp_path)
    path.write_text("a plan")
    with pytest.raises(SettingsError, match="is there and no socket"):
        check_path(path, tmp_path)


def test_a_collector_that_runs_is_not_disturbed_by_a_look_at_its_path(path):
    async def scenario():
        check_path(path, path.parent)
        return await asked(path, {"a": 1})

    assert with_server(path, echo, scenario) == [{"a": 1}]


def test_more_connections_than_the_machine_has_files_for_are_one_line_in_the_log(path, caplog):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def scenario():
        tell_plainly(asyncio.get_running_loop())
        many = [socket.socket(socket.AF_UNIX) for _ in range(30)]
        resource.setrlimit(resource.RLIMIT_NOFILE, (many[-1].fileno() + 4, hard))
        try:
            for each in many:
                each.setblocking(False)
                each.connect(str(path))
            while not caplog.records:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for each in many:
                each.close()

    with_server(path, echo, scenario)
    assert len(caplog.records) == 1
    assert "too many files and connections are open: end a watch" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_watch_that_is_closed_ends_its_handler(path):
    ended = asyncio.Event()

    async def watch(_):
        try:
            for number in range(1_000_000):
                yield {"number": number}
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def scenario():
        def two():
            answers = ask(path, {}, silent_s=None)
            first = [next(answers), next(answers)]
            answers.close()
            return first

        assert await asyncio.to_thread(two) == [{"number": 0}, {"number": 1}]
        await ended.wait()

    with_server(path, watch, scenario)


def test_a_command_whose_client_goes_is_carried_out_all_the_same(path):
    begun, goes_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def stop_the_set(_):
        begun.set()
        await goes_on.wait()
        done.set()
        yield {"stored": True}

    async def scenario():
        async with client(path):
            await begun.wait()
        await asyncio.sleep(0.02)  # the collector sees that the client is gone
        goes_on.set()
        await done.wait()

    with_server(path, stop_the_set, scenario)


def test_a_handler_that_never_comes_to_its_next_answer_is_cancelled_once_its_client_is_gone(path):
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def watch(_):
        begun.set()
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            cancelled.set()

    async def scenario():
        async with client(path):
            await begun.wait()
        await cancelled.wait()

    with_server(path, watch, scenario, linger_s=0.01)


def test_a_client_that_does_not_read_loses_the_oldest_and_holds_up_nobody(path):
    feed = Feed(limit=50)
    followed = asyncio.Event()

    async def handle(request):
        if request["ask"] == "once":
            yield {"once": True}
            return
        with feed.follow() as heard:
            followed.set()
            yield {"begin": True}
            async for said in heard:
                yield said

    async def scenario():
        async with client(path, b'{"ask": "watch"}\n') as (reader, _):
            await followed.wait()
            for number in range(5000):
                feed.say({"number": number, "text": "x" * 1000})
                if number % 20 == 0:
                    await asyncio.sleep(0)
            assert await asked(path, {"ask": "once"}) == [{"once": True}]
            lines = []
            while not lines or b'"number":4999' not in lines[-1]:
                lines.append(await reader.readline())
            return b"".join(lines)

    said = with_server(path, handle, scenario)
    assert b'"missed":' in said


def test_a_client_that_reads_nothing_for_long_is_cut_off(path):
    ended = asyncio.Event()

    async def handle(_):
        try:
            while True:
                yield {"text": "x" * 100_000}
        finally:
            ended.set()

    async def scenario():
        async with client(path):
            await ended.wait()

    with_server(path, handle, scenario, unread_s=0.05)


def test_clients_that_ask_nothing_are_cut_off_and_disturb_nobody(path):
    async def scenario():
        async with client(path, b"") as (reader, _), client(path, b'{"half'):
            assert await asked(path, {"a": 1}) == [{"a": 1}]
            return await reader.read()

    assert with_server(path, echo, scenario, request_s=0.05) == b""


def test_too_many_at_once_are_told_so(path):
    async def watch(_):
        yield {"begin": True}
        await asyncio.Event().wait()

    async def scenario():
        async with client(path) as (one, _), client(path) as (other, _):
            await one.readline()
            await other.readline()
            with pytest.raises(ImutrackError, match="end a watch"):
                await asked(path, {})

    with_server(path, watch, scenario, clients=2)


def held():
    return len(list(Path("/dev/fd").iterdir())), len(asyncio.all_tasks()), threading.active_count()


def test_many_clients_leave_no_task_and_no_file_open_behind(path):
    async def scenario():
        await asked(path, {})
        before = held()
        for number in range(200):
            async with client(path) as (reader, _):
                if number % 2:
                    await reader.readline()
        while any(map(gt, held(), before)):  # until the time of the test is over
            await asyncio.sleep(0.01)

    with_server(path, echo, scenario)


def test_the_socket_is_in_the_data_directory_unless_the_settings_say_otherwise(tmp_path):
    assert socket_path(None, tmp_path) == tmp_path / "collector.sock"
    assert socket_path("run/here.sock", tmp_path) == tmp_path / "run/here.sock"
    assert str(socket_path("/run/imutrack/it.sock", tmp_path)) == "/run/imutrack/it.sock"


def test_the_client_imports_next_to_nothing():
    program = "import sys, imutrack.collector.control.client; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert not {"asyncio", "bleak", "msgspec", "numpy", "prometheus_client"} & set(modules)


def test_a_feed_tells_its_followers_what_they_missed_before_what_came_after():
    async def scenario():
        feed = Feed(limit=2)
        with feed.follow() as heard:
            assert len(feed) == 1
            for number in range(5):
                feed.say({"number": number})
            return [await anext(heard) for _ in range(3)], feed

    said, feed = asyncio.run(scenario())
    assert said == [{"missed": 3}, {"number": 3}, {"number": 4}]
    assert len(feed) == 0


def test_a_follower_hears_what_is_said_from_when_it_began_to_follow():
    async def scenario():
        feed = Feed()
        feed.say({"number": 0})
        with feed.follow() as one, feed.follow() as other:
            feed.say({"number": 1})
            return await anext(one), await anext(other)

    assert asyncio.run(scenario()) == ({"number": 1}, {"number": 1})


def test_closing_the_generator_of_a_handler_closes_what_it_follows():
    async def scenario():
        feed = Feed()

        async def handle(_):
            with feed.follow() as heard:
                async for said in heard:
                    yield said

        async with aclosing(handle({})) as answers:
            waiting = asyncio.ensure_future(anext(answers))
            await asyncio.sleep(0)
            feed.say({"a": 1})
            await waiting
        return len(feed)

    assert asyncio.run(scenario()) == 0
