"""Keep the memory that each training step frees, instead of asking the kernel for it anew."""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4  # from glibc's malloc.h


def keep_freed_memory() -> bool:
    """Tell glibc not to hand large blocks back to the system.

    A step allocates and frees the same large blocks again; by default every one of them is mapped,
    zeroed page by page, and unmapped. Keeping them made training 1.5 times as fast on two cores
    with batches of 64 (and costs nothing but staying at peak memory until the process ends).

    Returns:
        Whether it took effect; on other systems and C libraries nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(
        mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, 2**31 - 1) and mallopt(_M_TOP_PAD, 2**28)
    )
