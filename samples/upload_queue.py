"""A queue of uploads that survives bad networks and restarts.

Files are appended to a journal before they are sent, and crossed out once the
server has confirmed them. After a restart the journal is read again, so that
nothing is lost and nothing is sent twice.
"""

import json
import os
import random
import time

# The gateway drops connections that are silent for a minute, so we must be faster than that.
TIMEOUT_SECONDS = 45

# Seven attempts with doubling pauses cover an outage of about four minutes. Longer ones
# are left to the next run, because the battery would not last.
MAX_ATTEMPTS = 7


class Journal:
    """One JSON object per line. The last line may be cut off if the power failed while it was written."""

    def __init__(self, path):
        self.path = path

    def entries(self):
        if not os.path.exists(self.path):
            return []
        found = []
        with open(self.path, encoding="utf-8") as lines:
            for line in lines:
                try:
                    found.append(json.loads(line))
                except json.JSONDecodeError:
                    # Only the last line can be damaged: everything before it was flushed to the disk.
                    break
        return found

    def append(self, entry):
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")
            out.flush()
            # Without fsync a power failure could lose lines that the sender believes to be safe.
            os.fsync(out.fileno())


def pause_before(attempt, rng=random):
    """Seconds to wait: doubled each time, with up to half of it added at random.

    The random part keeps a thousand loggers from knocking at the same moment when
    the server comes back.
    """
    base = 2 ** attempt
    return base + rng.random() * base / 2


def upload(entry, send, sleep=time.sleep):
    """Sends one entry. Returns True once the server has confirmed it."""
    for attempt in range(MAX_ATTEMPTS):
        try:
            reply = send(entry, timeout=TIMEOUT_SECONDS)
        except OSError:
            sleep(pause_before(attempt))
            continue
        # 409 means that an earlier attempt arrived after all, only its reply was lost.
        if reply.status in (200, 201, 409):
            return True
        # Anything else from 400 to 499 will not get better by repetition.
        if 400 <= reply.status < 500:
            raise ValueError(f"rejected with status {reply.status}: {entry['name']}")
        sleep(pause_before(attempt))
    return False
