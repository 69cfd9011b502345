"""The official client (PyPI: inference-sdk) against a server of the protocol; prints one JSON line at its end.

usage: official_client.py URL MODE CLIP [FRAMES] < workflow specification as JSON
MODE: `manual` sends the clip's first FRAMES pictures one by one at its frame rate, `file` uploads it and gets pictures
in messages, `track` uploads it and gets them as video. A session that does not end by itself is closed after a limit.
"""

import json
import logging
import sys
import threading
import time

import cv2

from loopback import stay_on_loopback

stay_on_loopback()

from inference_sdk import InferenceHTTPClient  # noqa: E402
from inference_sdk.webrtc import ManualSource, StreamConfig, VideoFileSource  # noqa: E402

LIMIT_S = 60
SETTLE_S = 3


class Record(logging.Handler):
    """What the client's handlers and its own log told."""

    def __init__(self) -> None:
        super().__init__()
        self.frames = 0
        self.data = 0
        self.frame_size = None
        self.fields: set[str] = set()
        self.motion_frames = 0
        self.most_detections = 0
        self.field_calls = 0
        self.frame_ids: list[int] = []
        self.frame_metadata: list[int] = []
        self.errors: set[str] = set()
        self.progress: list[int] | None = None
        self.completed = False
        self.closed_by_limit = False
        self.first_result_at: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if "processing_complete" in record.getMessage():
            self.completed = True

    def on_frame(self, frame, metadata) -> None:
        self.frames += 1
        self.frame_size = [frame.shape[1], frame.shape[0]]
        self.frame_metadata.append(metadata.frame_id)

    def on_data(self, data, metadata) -> None:
        self.first_result_at = self.first_result_at or time.time()
        self.data += 1
        self.frame_ids.append(metadata.frame_id)
        self.fields.update(data or {})
        self.motion_frames += bool((data or {}).get("motion"))
        detections = ((data or {}).get("predictions") or {}).get("predictions") or []
        self.most_detections = max(self.most_detections, len(detections))

    def on_field(self, value) -> None:
        self.field_calls += 1

    def on_errors(self, errors, metadata) -> None:
        self.errors.update(errors)

    def on_progress(self, sent, total) -> None:
        self.progress = [sent, total]


def feed(source, session, clip: str, limit: int) -> None:
    """Sends the clip's pictures at its rate; waits for the last results, then closes the session."""
    capture = cv2.VideoCapture(clip)
    interval = 1 / capture.get(cv2.CAP_PROP_FPS)
    next_at = time.monotonic()
    for _ in range(limit):
        ok, picture = capture.read()
        if not ok:
            break
        send_when_started(source, picture)
        next_at = max(next_at + interval, time.monotonic())
        time.sleep(max(0, next_at - time.monotonic()))
    time.sleep(SETTLE_S)
    session.close()


def send_when_started(source, picture) -> None:
    while True:
        try:
            source.send(picture)
            return
        except RuntimeError:
            time.sleep(0.02)


def main() -> None:
    url, mode, clip = sys.argv[1:4]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    specification = json.load(sys.stdin)
    record = Record()
    # The end that the server announces is told apart from a lost connection by the client's own log only.
    sdk_log = logging.getLogger("inference_sdk.webrtc.session")
    logging.getLogger("inference_sdk").setLevel(logging.INFO)
    sdk_log.setLevel(logging.INFO)
    sdk_log.addHandler(record)
    source = {
        "manual": lambda: ManualSource(),
        "file": lambda: VideoFileSource(clip, on_upload_progress=record.on_progress),
        "track": lambda: VideoFileSource(
            clip, on_upload_progress=record.on_progress, use_datachannel_frames=False, realtime_processing=True
        ),
    }[mode]()
    session = InferenceHTTPClient(api_url=url, api_key="interop").webrtc.stream(
        source=source,
        workflow=specification,
        image_input="image",
        # Only realtime_processing=False makes this client acknowledge frames.
        config=StreamConfig(
            stream_output=["image"], data_output=["predictions", "motion"], realtime_processing=mode == "manual"
        ),
    )
    session.on_frame(record.on_frame)
    session.on_data(record.on_data)
    session.on_data("motion")(record.on_field)
    session.on_error(record.on_errors)
    if mode == "manual":
        threading.Thread(target=feed, args=(source, session, clip, limit), daemon=True).start()

    def give_up() -> None:
        record.closed_by_limit = True
        session.close()

    watchdog = threading.Timer(LIMIT_S, give_up)
    watchdog.daemon = True
    watchdog.start()
    started = time.time()
    session.run()
    watchdog.cancel()
    print(
        json.dumps(
            {
                "frames": record.frames,
                "data": record.data,
                "frameSize": record.frame_size,
                "fields": sorted(record.fields),
                "frameIds": record.frame_ids,
                "frameMetadataIds": record.frame_metadata,
                "fieldCalls": record.field_calls,
                "motionFrames": record.motion_frames,
                "mostDetections": record.most_detections,
                "errors": sorted(record.errors),
                "progress": record.progress,
                "completed": record.completed,
                "closedByLimit": record.closed_by_limit,
                "firstResultMs": round((record.first_result_at - started) * 1000) if record.first_result_at else None,
                "seconds": round(time.time() - started, 2),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
