"""A process of its own that sends when told: what a test stops, continues and forks.

It reads a line, sends to as many targets nobody registered, and prints the statuses or faults.
"""

import json
import os
import sys

from fcm_emulator.targets import new_fid
from firebell import fcm
from firebell.config import Settings
from tests.integration.pushes import push


def main() -> None:
    address, project_id, is_forked = sys.argv[1], sys.argv[2], sys.argv[3] == "forked"
    sender = fcm.connect(Settings(project_id=project_id, fcm_emulator_host=address))
    if is_forked and (child := os.fork()):
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    for line in sys.stdin:
        replies = sender.send([push(new_fid()) for _ in range(int(line))])
        sys.stdout.write(json.dumps([reply.fault or reply.status for reply in replies]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
