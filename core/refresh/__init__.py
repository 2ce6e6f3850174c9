"""Asking other databases what they know about our species; only ever on command, never while a page is drawn."""

from core.refresh.run import RefreshReport, refresh
from core.refresh.sources import Gbif, INaturalist, RedList, Reply, Source

__all__ = ["Gbif", "INaturalist", "RedList", "RefreshReport", "Reply", "Source", "refresh"]
