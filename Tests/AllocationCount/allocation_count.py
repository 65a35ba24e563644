"""How many heap allocations the bus threads of a gateway make; see preload.c."""

import os
import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


class AllocationCount:
    """Counts in a folder of its own; start the gateway with `environment`."""

    THREADS = 128

    def __init__(self, folder):
        folder.mkdir()
        self._file = folder / "counts"
        self._file.write_bytes(bytes(8 * self.THREADS))
        library = folder / "allocation_count.so"
        subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-I", HERE / "../CAllocationProbe/include",
                        "-o", library, HERE / "preload.c"], check=True)
        self.environment = {**os.environ, "LD_PRELOAD": str(library),
                            "ALLOCATION_COUNT_FILE": str(self._file)}

    @property
    def total(self):
        """The allocations so far, of all bus threads; each has made some when it opened its port."""
        counts = struct.unpack(f"{self.THREADS}Q", self._file.read_bytes())
        if not any(counts):
            raise SystemExit("no bus thread was counted")
        return sum(counts)
