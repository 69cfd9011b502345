"""Reads and marks pictures without numpy: frame number of the test pattern, mean luma, inverted corner, JPEG."""

import base64
from fractions import Fraction

import av
from av import VideoFrame

# The test pattern's number as src/source/frame-number.ts draws it: a row of bits, highest first, their opposites below.
NUMBER_BITS = 16
REFERENCE = {"width": 640, "height": 360, "block": 8}
PITCH_BLOCKS = 3
MIN_CONTRAST = 48
LUMA_STEP = 8
CORNER_PIXELS = 16


def frame_number(frame: VideoFrame) -> int | None:
    """None when the picture holds no number, or a damaged one."""
    luma, stride = memoryview(frame.planes[0]), frame.planes[0].line_size
    scale = min(frame.width / REFERENCE["width"], frame.height / REFERENCE["height"])
    block = 2 * max(2, round(REFERENCE["block"] / 2 * scale))

    def middle(column: int, row: int) -> int:
        x = block + column * PITCH_BLOCKS * block + block // 2
        y = block + row * PITCH_BLOCKS * block + block // 2
        return luma[y * stride + x]

    number = 0
    for bit in range(NUMBER_BITS):
        contrast = middle(bit, 0) - middle(bit, 1)
        if abs(contrast) < MIN_CONTRAST:
            return None
        number = 2 * number + (contrast > 0)
    return number


def mean_luma(frame: VideoFrame) -> float:
    luma, stride = memoryview(frame.planes[0]), frame.planes[0].line_size
    total = count = 0
    for y in range(0, frame.height, LUMA_STEP):
        row = luma[y * stride : y * stride + frame.width : LUMA_STEP]
        total += sum(row)
        count += len(row)
    return total / count


def marked(frame: VideoFrame) -> VideoFrame:
    """A copy with its bottom right corner inverted; the original may still be a reference of its decoder."""
    copy = VideoFrame(frame.width, frame.height, frame.format.name)
    for index, (source, target) in enumerate(zip(frame.planes, copy.planes)):
        rows = bytearray(target.buffer_size)
        pixels = memoryview(source)
        for y in range(source.height):
            row = pixels[y * source.line_size : y * source.line_size + source.width]
            rows[y * target.line_size : y * target.line_size + source.width] = row
        if index == 0:
            invert_corner(rows, target)
        target.update(bytes(rows))
    copy.pts, copy.time_base = frame.pts, frame.time_base
    return copy


def invert_corner(rows: bytearray, plane) -> None:
    for y in range(plane.height - CORNER_PIXELS, plane.height):
        for x in range(plane.width - CORNER_PIXELS, plane.width):
            rows[y * plane.line_size + x] ^= 0xFF


def as_jpeg_field(frame: VideoFrame) -> dict:
    """A picture as the protocol writes it into a data message (protocol.md E)."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 30)
    picture = frame.reformat(format="yuvj420p")
    picture.pts = 0
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    value = base64.b64encode(b"".join(bytes(packet) for packet in packets)).decode()
    return {"type": "base64", "value": value, "video_metadata": None}
