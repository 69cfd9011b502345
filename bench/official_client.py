"""The official client (PyPI: inference-sdk) in a benchmark: the same work as our_client.mjs, the same words.

usage: official_client.py URL MODE TARGET < lines; MODE: raw, jpeg, data (TARGET: camera URL), batch, upload (a file),
latency (a clip whose pictures hold their numbers, sent at its rate). Says `ready`, `live`, `end`; answers `count`.
"""

import json
import os
import sys
import threading
import time

import cv2

from loopback import stay_on_loopback

stay_on_loopback()

from inference_sdk import InferenceHTTPClient  # noqa: E402
from inference_sdk.webrtc import LocalStreamSource, ManualSource, StreamConfig, VideoFileSource  # noqa: E402

WORKFLOW = {"version": "1.0", "inputs": [], "steps": [], "outputs": []}
state = {"frames": 0, "data": 0, "toData": [], "toFrame": [], "firstFrameMs": None, "uploadMs": None}
sent_at: dict[int, float] = {}
started = time.time()
lock = threading.Lock()


def say(event: str, **facts) -> None:
    with lock:
        print(json.dumps({"event": event, "at": time.time() * 1000, **facts}), flush=True)


def first_result() -> None:
    if state["frames"] + state["data"] == 0:
        say("live")


def number_of(picture) -> int | None:
    """As test/interop/pictures.py reads it, from an array."""
    luma = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    block = 2 * max(2, round(4 * min(picture.shape[1] / 640, picture.shape[0] / 360)))
    number = 0
    for bit in range(16):
        x = block + bit * 3 * block + block // 2
        contrast = int(luma[block + block // 2, x]) - int(luma[4 * block + block // 2, x])
        if abs(contrast) < 48:
            return None
        number = 2 * number + (contrast > 0)
    return number


def make_source(mode: str, target: str):
    if mode in ("raw", "jpeg", "data"):
        return LocalStreamSource(target)
    if mode == "latency":
        return ManualSource()
    began: list[float] = []

    def progress(sent, total) -> None:
        began.append(time.time())
        if sent == total:
            state["uploadMs"] = (time.time() - began[0]) * 1000
            say("uploaded")

    return VideoFileSource(target, on_upload_progress=progress)


def main() -> None:
    url, mode, target = sys.argv[1:4]
    source = make_source(mode, target)
    config = StreamConfig(
        stream_output=[] if mode == "data" else ["image"],
        data_output=["frame_number"],
        realtime_processing=mode != "batch",
    )
    client = InferenceHTTPClient(api_url=url, api_key="bench")
    session = client.webrtc.stream(source=source, workflow=WORKFLOW, image_input="image", config=config)

    def on_frame(picture, metadata) -> None:
        now = time.time()
        first_result()
        state["frames"] += 1
        state["firstFrameMs"] = state["firstFrameMs"] or (now - started) * 1000
        if mode == "jpeg":
            cv2.imencode(".jpg", picture)
        if mode == "latency" and (number := number_of(picture)) in sent_at:
            state["toFrame"].append((now - sent_at[number]) * 1000)

    def on_data(data, metadata) -> None:
        now = time.time()
        first_result()
        state["data"] += 1
        number = (data or {}).get("frame_number")
        if mode == "latency" and number in sent_at:
            state["toData"].append((now - sent_at[number]) * 1000)

    def feed() -> None:
        capture = cv2.VideoCapture(target)
        interval = 1 / capture.get(cv2.CAP_PROP_FPS)
        next_at = time.monotonic()
        while True:
            ok, picture = capture.read()
            if not ok:
                return
            number = number_of(picture)
            while True:
                try:
                    sent_at[number] = time.time()
                    source.send(picture)
                    break
                except RuntimeError:
                    time.sleep(0.02)
            next_at = max(next_at + interval, time.monotonic())
            time.sleep(max(0, next_at - time.monotonic()))

    def follow_stdin() -> None:
        for line in sys.stdin:
            if line.strip() == "count":
                say("count", **state)
        os._exit(0)

    session.on_frame(on_frame)
    session.on_data(on_data)
    threading.Thread(target=follow_stdin, daemon=True).start()
    if mode == "latency":
        threading.Thread(target=feed, daemon=True).start()
    global started
    started = time.time()
    say("ready")
    session.run()
    say("end", **state)
    sys.stdin.read()


if __name__ == "__main__":
    main()
