"""One OpenStack Swift node with its S3 interface, in one process on loopback, for tests alone.

Runs under the system's Python, which has Debian's `python3-swift`; `tools/s3_servers.py` starts it.
It is no way to run Swift: one replica, one disk, a cache in memory, fixed test credentials.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402  (the sockets have to be green before Swift is imported)
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.constraints import reload_constraints  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402

PARTS = ("account", "container", "object")

COMMON = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}
mount_check = false
disable_fallocate = true
"""

STORE = """
[pipeline:main]
pipeline = {part}-server
[app:{part}-server]
use = egg:swift#{part}
"""

PROXY = """
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth bulk slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
paste.filter_factory = swift_node:cache_factory
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {secret} .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class MemoryCache:
    """As much of Swift's memcache client as a single process needs; tempauth insists on one."""

    def __init__(self):
        self._values = {}

    def get(self, key, **_):
        """Return the value, or None when there is none or its time is over."""
        value, ends = self._values.get(key, (None, 0.0))
        return value if not ends or ends > time.time() else None

    def set(self, key, value, time=0, **_):
        """Keep the value for `time` seconds, or for as long as the process lives."""
        self._values[key] = (value, _now() + time if time else 0.0)

    def delete(self, key, **_):
        """Forget the value."""
        self._values.pop(key, None)


def _now():
    return time.time()


def cache_factory(_global_conf, **_conf):
    """Return the filter that puts the memory cache where Swift looks for memcache."""
    cache = MemoryCache()

    def wrap(app):
        def serve(env, start_response):
            env["swift.cache"] = cache
            return app(env, start_response)

        return serve

    return wrap


def make_rings(folder, ports):
    """Write the three ring files: one partition, one replica, one device on loopback."""
    for part, port in ports.items():
        builder = RingBuilder(0, 1, 0)
        builder.add_dev(
            {"id": 0, "region": 1, "zone": 1, "weight": 1.0, "ip": "127.0.0.1", "port": port}
            | {"device": "disk", "meta": "", "replication_ip": "127.0.0.1"}
            | {"replication_port": port}
        )
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{part}.ring.gz"))


def write_configuration(folder, secret):
    """Write swift.conf and one file for each of the four servers."""
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = test\nswift_hash_path_prefix = test\n"
        "[storage-policy:0]\nname = Policy-0\ndefault = yes\n"
    )
    common = COMMON.format(folder=folder)
    for part in PARTS:
        (folder / f"{part}.conf").write_text(common + STORE.format(part=part))
    (folder / "proxy.conf").write_text(common + PROXY.format(secret=secret))


def serve(folder, port, secret):
    """Serve until SIGTERM; prints `ready` and the S3 port, which `port` 0 leaves to the system."""
    (folder / "disk").mkdir(exist_ok=True)
    sockets = {part: eventlet.listen(("127.0.0.1", 0)) for part in PARTS}
    make_rings(folder, {part: sock.getsockname()[1] for part, sock in sockets.items()})
    write_configuration(folder, secret)
    utils.set_swift_dir(str(folder))
    utils.validate_configuration()
    storage_policy.reload_storage_policies()
    reload_constraints()
    sockets["proxy"] = eventlet.listen(("127.0.0.1", port))
    for part, sock in sockets.items():
        app = loadapp(str(folder / f"{part}.conf"), global_conf={"log_name": part})
        eventlet.spawn(
            wsgi.server,
            sock,
            app,
            utils.NullLogger(),
            protocol=SwiftHttpProtocol,
            capitalize_response_headers=False,
        )
    print("ready", sockets["proxy"].getsockname()[1], flush=True)
    while True:
        eventlet.sleep(3600)


def main():
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--secret", default="testing")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    serve(arguments.folder, arguments.port, arguments.secret)


if __name__ == "__main__":
    sys.modules["swift_node"] = sys.modules["__main__"]
    main()
