"""Counts what aiortc receives: codecs, encoded frames, pictures, decoder errors, feedback sent and received.

It wraps the functions that aiortc itself calls; nothing of what they do changes.
"""

import logging
import threading

import aiortc.rtcrtpreceiver as receiver_module
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender

MAX_WARNINGS_KEPT = 50


class ReceiverProbe(logging.Handler):
    """`install()` once per process; `snapshot()` at any time, from any thread."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self._lock = threading.Lock()
        self._codecs: list[str] = []
        self._warnings: list[str] = []
        self._counts = {
            "encodedFrames": 0,
            "pictures": 0,
            "decoderErrors": 0,
            "warnings": 0,
            "plisSent": 0,
            "nacksSent": 0,
            "keyframesRequested": 0,
        }

    def install(self) -> None:
        for name in ("aiortc", "aioice", "asyncio"):
            logging.getLogger(name).addHandler(self)
        self._count_calls(RTCRtpReceiver, "_send_rtcp_pli", "plisSent")
        self._count_calls(RTCRtpReceiver, "_send_rtcp_nack", "nacksSent")
        self._count_calls(RTCRtpSender, "_send_keyframe", "keyframesRequested")
        get_decoder = receiver_module.get_decoder

        def counting_get_decoder(codec):
            with self._lock:
                self._codecs.append(codec.name)
            return CountingDecoder(get_decoder(codec), self)

        receiver_module.get_decoder = counting_get_decoder

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        with self._lock:
            self._counts["warnings"] += 1
            if len(self._warnings) < MAX_WARNINGS_KEPT:
                self._warnings.append(f"{record.name}: {text}")

    def add(self, counter: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[counter] += amount

    def snapshot(self) -> dict:
        with self._lock:
            return {**self._counts, "codecs": list(self._codecs), "warningTexts": list(self._warnings)}

    def _count_calls(self, owner, name: str, counter: str) -> None:
        original = getattr(owner, name)

        def counted(*args, **kwargs):
            self.add(counter)
            return original(*args, **kwargs)

        setattr(owner, name, counted)


class CountingDecoder:
    """A decoder of aiortc, seen from outside."""

    def __init__(self, decoder, probe: ReceiverProbe) -> None:
        self._decoder = decoder
        self._probe = probe

    def decode(self, encoded_frame):
        self._probe.add("encodedFrames")
        try:
            pictures = self._decoder.decode(encoded_frame)
        except Exception:
            self._probe.add("decoderErrors")
            raise
        self._probe.add("pictures", len(pictures))
        return pictures
