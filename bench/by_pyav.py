"""Converts a clip with PyAV alone: filter graph, x264 and AAC, MP4. `one_ffmpeg` runs it as a child.

    python bench/by_pyav.py SOURCE OUTPUT FRAME_RATE VIDEO_GRAPH AUDIO_GRAPH

A graph is a chain of ffmpeg's filters, separated by commas. Chains that split and join again are not
supported: PyAV has no parser for the text of a graph, so this file splits the text itself.
"""

import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.error import BlockingIOError as NeedsInput
from av.error import EOFError as AtEnd
from av.filter import Graph

THREADS = 2
Loose = Any  # PyAV's types leave out much of what is used here
SAMPLES = 1024  # of one AAC frame
X264 = {
    "preset": "veryfast",
    "crf": "21",
    "maxrate": "10M",
    "bufsize": "20M",
    "level": "4.2",
    "flags": "+cgop",
}
MP4 = {"movflags": "+faststart+negative_cts_offsets", "use_editlist": "0", "fflags": "+bitexact"}


def chained(graph: Graph, source: Loose, chain: str, sink: str) -> Graph:
    """Add the filters of a chain behind a source, and configure the graph."""
    last = source
    for step in chain.split(","):
        name, _, options = step.partition("=")
        added = graph.add(name, options) if options else graph.add(name)
        last.link_to(added)
        last = added
    last.link_to(graph.add(sink))
    graph.configure()
    return graph


def pulled(graph: Graph) -> Iterator[Any]:
    """Yield the frames that a graph has ready."""
    try:
        while True:
            yield graph.pull()
    except (NeedsInput, AtEnd):
        return


def video_graph(stream: Loose, chain: str) -> Graph:
    graph = Graph()
    graph.threads = THREADS
    return chained(graph, graph.add_buffer(template=stream, time_base=stream.time_base), chain, "buffersink")


def first_frames(source: Path, chain: str, count: int) -> list[Any]:
    """Return the first frames that a chain makes of a clip, without encoding them."""
    frames = list[Any]()
    with av.open(str(source)) as container:
        stream: Any = container.streams.video[0]
        stream.codec_context.thread_count = THREADS
        graph = video_graph(stream, chain)
        for frame in cast("Iterator[Loose]", container.decode(stream)):
            graph.push(frame)
            frames += pulled(graph)
            if len(frames) >= count:
                return frames[:count]
        graph.push(None)
        return [*frames, *pulled(graph)][:count]


def convert(source: Path, output: Path, fps: Fraction, video_chain: str, audio_chain: str) -> None:
    with (
        av.open(str(source)) as container,
        av.open(str(output), "w", format="mp4", options=MP4) as opened,
    ):
        target = cast("Loose", opened)
        video: Loose = container.streams.video[0]
        video.codec_context.thread_count = THREADS
        audio: Loose = next(iter(container.streams.audio), None)
        graphs, encoders = {"video": video_graph(video, video_chain)}, dict[str, Loose]()
        if audio:
            graphs["audio"] = Graph()
            given = graphs["audio"].add_abuffer(template=audio, time_base=audio.time_base)
            chained(graphs["audio"], given, audio_chain, "abuffersink")
            # The native AAC encoder takes frames of this length only, which `ffmpeg` sets by itself.
            graphs["audio"].set_audio_frame_size(SAMPLES)
            encoders["audio"] = target.add_stream("aac", rate=48_000, layout="stereo", bit_rate=128_000)
        for packet in cast("Iterator[Loose]", container.demux([one for one in (video, audio) if one])):
            kind = packet.stream.type
            frames: list[Loose] = [*packet.decode(), *([] if packet.size else [None])]
            for frame in frames:
                graphs[kind].push(frame)
                for made in pulled(graphs[kind]):
                    if kind not in encoders:
                        # Only now are the size and the time base known, as in `ffmpeg`.
                        encoders[kind] = video_encoder(target, made, fps)
                    target.mux(encoders[kind].encode(made))
                if kind == "video" and frame and frame.time is not None:
                    print(f"out_time_us={round(frame.time * 1e6)}", flush=True)
        for encoder in encoders.values():
            target.mux(encoder.encode(None))


def video_encoder(target: Loose, frame: Loose, fps: Fraction) -> Loose:
    encoder = target.add_stream("libx264", rate=fps, options=X264)
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
    context = encoder.codec_context
    context.time_base, context.thread_count, context.gop_size = 1 / fps, THREADS, round(2 * fps)
    context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1
    encoder.profile = "High"
    return encoder


def main() -> None:
    # Python ignores this signal from its start on, whatever the process that started it had set. Without
    # this line a
    # limit of the size of files is an error of the write, and not the end of the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    source, output, fps, video_chain, audio_chain = sys.argv[1:]
    convert(Path(source), Path(output), Fraction(fps), video_chain, audio_chain)


if __name__ == "__main__":
    main()
