"""One session of the minimal server: the aiortc peer, its channels, and the loop frame in -> message and picture out.

Unlike the real server it never skips a frame in realtime mode: the tests count every one.
"""

import asyncio
import gzip
import json
import struct
import tempfile
import time
from datetime import datetime

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

import pictures

CHUNK_BYTES = 49152
ACK_WINDOW = 1
IMAGE_OUTPUT = "image"
# The picture as it came; the other one is marked. Only streamed, never in data.
RAW_OUTPUT = "raw"
OUTPUTS = ("frame_number", "mean_luma", IMAGE_OUTPUT)


class Session:
    """`answer()` once; it ends with its peer connection. `report(event, **facts)` is told what happens."""

    def __init__(self, request: dict, report) -> None:
        self._offer = request["webrtc_offer"]
        self._streams = [name for name in request.get("stream_output") or [] if name]
        self._fields = request.get("data_output") or []
        self._batch = request.get("webrtc_realtime_processing") is False
        self._declared_fps = request.get("declared_fps")
        self._pull_url = request.get("rtsp_url") or request.get("mjpeg_url")
        self._report = report
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel = None
        self._incoming = None
        self._upload = Upload()
        self._frames = None
        self._acknowledged = 0
        self._ack_arrived = asyncio.Event()
        self._loop_task = None
        self.counts = {
            "answered": 0,
            "discarded": 0,
            "lastFrameNumber": None,
            "chunksUploaded": 0,
            "targetBitrate": None,
        }
        self._watch()

    async def answer(self) -> str:
        await self._pc.setRemoteDescription(RTCSessionDescription(**self._offer))
        has_video = any(transceiver.kind == "video" for transceiver in self._pc.getTransceivers())
        if self._streams and has_video:
            self._pc.addTrack(ProcessedTrack(self.next_picture))
        await self._pc.setLocalDescription(await self._pc.createAnswer())
        if not self._streams:
            self._loop_task = asyncio.ensure_future(self._process_all())
        self._report("answered", offer=summary(self._offer["sdp"]), answer=summary(self._pc.localDescription.sdp))
        return self._pc.localDescription.sdp

    async def close(self) -> None:
        if self._loop_task is not None:
            self._loop_task.cancel()
        await self._pc.close()

    async def next_picture(self):
        """Processes one frame. None at the end of the video, after the completion message."""
        if self._frames is None:
            self._frames = self._source_frames()
        await self._wait_for_acknowledgement()
        frame = await anext(self._frames, None)
        if frame is None:
            self._complete()
            return None
        return self._process(frame)

    def _note_bitrate(self) -> None:
        """What our REMB has made of the bitrate of aiortc's encoder, which is gone once the session has ended."""
        for sender in self._pc.getSenders():
            encoder = getattr(sender, "_RTCRtpSender__encoder", None)
            if encoder is not None:
                self.counts["targetBitrate"] = encoder.target_bitrate

    def _watch(self) -> None:
        pc = self._pc

        @pc.on("track")
        def on_track(track):
            self._incoming = track

        @pc.on("datachannel")
        def on_channel(channel):
            self._report("channel", label=channel.label, id=channel.id)
            channel.on("close", lambda: self._report("channel_closed", label=channel.label))
            if channel.label == "video_upload":
                channel.on("message", self._on_upload)
            else:
                self._channel = channel
                channel.on("message", self._on_control)

        @pc.on("connectionstatechange")
        def on_state():
            self._report("connection", state=pc.connectionState)

    def _on_upload(self, message) -> None:
        if isinstance(message, bytes) and len(message) > 8:
            self._upload.add(message)
            self.counts["chunksUploaded"] += 1

    def _on_control(self, message) -> None:
        control = json.loads(message)
        self._report("control", message=control)
        if control.get("ack"):
            self._acknowledged = max(self._acknowledged, control["ack"])
            self._ack_arrived.set()
        if control.get("data_output") is not None:
            self._fields = control["data_output"]
        if control.get("stream_output") is not None:
            self._streams = [name for name in control["stream_output"] if name]

    async def _wait_for_acknowledgement(self) -> None:
        """Batch mode, from the first acknowledgement on (protocol.md D.2)."""
        while self._batch and 0 < self._acknowledged < self.counts["answered"] + 1 - ACK_WINDOW:
            self._ack_arrived.clear()
            await self._ack_arrived.wait()

    async def _process_all(self) -> None:
        while await self.next_picture() is not None:
            pass

    def _source_frames(self):
        if self._pull_url:
            return self._pulled_frames()
        return self._track_frames() if self._incoming else self._file_frames()

    async def _pulled_frames(self):
        """Until the camera is gone; it is not opened anew, as on the real server."""
        options = {"rtsp_transport": "tcp"}
        with await asyncio.to_thread(av.open, self._pull_url, options=options, timeout=5) as container:
            decoded = container.decode(video=0)
            while True:
                try:
                    frame = await asyncio.to_thread(next, decoded, None)
                except av.FFmpegError:
                    return
                if frame is None:
                    return
                yield frame

    async def _track_frames(self):
        while True:
            try:
                yield await self._incoming.recv()
            except MediaStreamError:
                return

    async def _file_frames(self):
        path = await self._upload.complete()
        with av.open(path) as container:
            decoded = container.decode(video=0)
            started = time.monotonic()
            while (frame := await asyncio.to_thread(next, decoded, None)) is not None:
                if not self._batch:
                    await asyncio.sleep(max(0, started + frame.time - time.monotonic()))
                yield frame

    def _process(self, frame):
        self.counts["answered"] += 1
        self._note_bitrate()
        picture = pictures.marked(frame)
        number = self.counts["lastFrameNumber"] = pictures.frame_number(frame)
        makers = {
            "frame_number": lambda: number,
            "mean_luma": lambda: pictures.mean_luma(frame),
            IMAGE_OUTPUT: lambda: pictures.as_jpeg_field(picture),
        }
        names = [name for name in OUTPUTS if name != IMAGE_OUTPUT] if self._fields == ["*"] else self._fields
        outputs = {name: makers[name]() for name in names if name in makers}
        errors = [f"Output '{name}' not found" for name in names if name not in makers]
        size = {"width": frame.width, "height": frame.height}
        self._send(self._message(outputs if names else None, frame, errors, size), compress=bool(names))
        return frame if self._streams[:1] == [RAW_OUTPUT] else picture

    def _message(self, outputs, frame, errors, size) -> dict:
        return {
            "serialized_output_data": outputs,
            "video_metadata": {
                "frame_id": self.counts["answered"],
                "received_at": datetime.now().isoformat(),
                "pts": frame.pts if frame else None,
                "time_base": float(frame.time_base) if frame else None,
                "declared_fps": self._declared_fps,
                "measured_fps": None,
                **size,
            },
            "errors": errors,
            "processing_complete": frame is None,
            "termination_reason": None,
        }

    def _complete(self) -> None:
        self._report("complete", answered=self.counts["answered"])
        self._send(self._message(None, None, [], {}), header_id=self.counts["answered"] + 1)

    def _send(self, message: dict, compress: bool = False, header_id: int | None = None) -> None:
        """12-byte frames of at most CHUNK_BYTES (protocol.md D.1). Before the channel is open results are lost."""
        if self._channel is None or self._channel.readyState != "open":
            self.counts["discarded"] += not message["processing_complete"]
            return
        payload = json.dumps(message).encode()
        if compress:
            payload = gzip.compress(payload, compresslevel=1)
        total = -(-len(payload) // CHUNK_BYTES)
        for index in range(total):
            header = struct.pack("<III", header_id or self.counts["answered"], index, total)
            self._channel.send(header + payload[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES])


class ProcessedTrack(MediaStreamTrack):
    """Pulls the loop: each picture that the sender wants is one frame processed."""

    kind = "video"

    def __init__(self, next_picture) -> None:
        super().__init__()
        self._next_picture = next_picture

    async def recv(self):
        picture = await self._next_picture()
        if picture is None:
            self.stop()
            raise MediaStreamError
        return picture


class Upload:
    """Chunks `u32 index | u32 total | bytes` -> a temporary file, gone with this object (protocol.md D.3)."""

    def __init__(self) -> None:
        self._chunks: dict[int, bytes] = {}
        self._whole = asyncio.Event()
        self._file = tempfile.NamedTemporaryFile(suffix=".mp4")

    def add(self, message: bytes) -> None:
        index, total = struct.unpack_from("<II", message)
        self._chunks[index] = message[8:]
        if len(self._chunks) == total:
            self._whole.set()

    async def complete(self) -> str:
        await self._whole.wait()
        for index in sorted(self._chunks):
            self._file.write(self._chunks[index])
        self._file.flush()
        return self._file.name


def summary(sdp: str) -> list[str]:
    """The lines that tell what was negotiated; nothing secret is in them."""
    kept = ("m=", "a=rtpmap", "a=setup", "a=group", "a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")
    return [line for line in sdp.splitlines() if line.startswith(kept)]
