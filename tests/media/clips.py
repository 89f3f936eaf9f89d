"""Small clips of every sort, made by ffmpeg on first use. A recipe is a list of commands' words.

`{}` in a word is another recipe's file. Every source has a length, since one without never ends.
"""

# ruff: noqa: E501  # a recipe is one line

from dataclasses import dataclass
from typing import Final

S: Final = 3.2
X264: Final = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 60"
AAC: Final = "-c:a aac -b:a 64k"
CLEAN: Final = "-map_metadata -1 -fflags +bitexact"
# What we write ourselves: index first, no edit list, sound in step.
STRAIGHT: Final = f"-movflags +faststart+negative_cts_offsets -use_editlist 0 {CLEAN}"
ALIGNED: Final = "-af aresample=async=1:first_pts=0,atrim=start_sample=1024"


def picture(size: str = "180x320", rate: str = "30", seconds: float = S) -> str:
    return f"-f lavfi -i testsrc2=s={size}:r={rate}:d={seconds}"


def sound(seconds: float = S, rate: int = 48000) -> str:
    return f"-f lavfi -i sine=440:r={rate}:d={seconds}"


BOTH: Final = f"{picture()} {sound()}"
STEREO: Final = f"{AAC} -ac 2"


@dataclass(frozen=True)
class Recipe:
    """How a clip is made: `words` follow ffmpeg's name, `suffix` names the container."""

    words: str
    suffix: str = "mp4"


_HEVC: Final = "-c:v libx265 -preset ultrafast"


def _x265(tags: str) -> str:
    return f"{_HEVC} -pix_fmt yuv420p10le -tag:v hvc1 -x265-params log-level=error:pools=1:{tags}"


def _hdr(transfer: str, white: int, more: str = "") -> Recipe:
    """Three patches side by side: 18 % grey, reference white, peak; 10-bit code values by ITU-R BT.2408."""
    source = f"-f lavfi -i color=gray:s=192x320:r=30:d={S}"
    patches = f"geq=lum='if(lt(X\\,64)\\,397\\,if(lt(X\\,128)\\,{white}\\,{_PEAK[transfer]}))':cb=512:cr=512"
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    x265 = _x265(f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc{more}")
    return Recipe(
        f"{source} {sound()} -vf format=yuv420p10le,{patches},{tags} {x265} {STEREO} {CLEAN}", "mov"
    )


_PEAK: Final = {"arib-std-b67": 940, "smpte2084": 723}  # of HLG, and 1,000 nits of PQ
_CL: Final = (
    ":max-cll=1000,400:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
)

_SOMEWHERE: Final = "-metadata location=+52.5163+013.3777/ -metadata title=Holiday"
_MDPM: Final = "17ee8c60f84d11d98cd60800200c9a66"  # the UUID of an AVCHD camera's own data
_COVER: Final = "-f lavfi -i color=red:s=64x64:d=0.04:r=25 -map 0 -map 1 -c copy -c:v:1 mjpeg -disposition:v:1 attached_pic"
_UNEVEN: Final = "-vf select='eq(mod(n\\,7)\\,0)+eq(mod(n\\,7)\\,2)+eq(mod(n\\,7)\\,3)' -fps_mode vfr"
_REORDERED: Final = "-c:v libx264 -preset veryfast"  # with B-frames
_OPEN_GOP: Final = (
    f"{_REORDERED} -x264-params open-gop=1:keyint=15:min-keyint=15:scenecut=0:bframes=3:b-adapt=0"
)
_FLASH: Final = "-f lavfi -i color=black:s=96x160:r=30:d=4"
_NOISE: Final = "-f lavfi -i aevalsrc='if(between(t,1,1.1),0.8*sin(2*PI*1000*t+PI/4),0)':s=48000:d=4"
_BEEP: Final = f"{_FLASH} {_NOISE} -vf drawbox=c=white:t=fill:enable='between(t,1,1.1)'"

RECIPES: Final[dict[str, Recipe]] = {
    "compliant": Recipe(f"{BOTH} {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    "house": Recipe(f"{picture('720x1280', '30', 3.1)} {sound(3.1)} {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    "silent": Recipe(f"{picture()} {X264} {STRAIGHT}"),
    "black_first": Recipe(f"{picture()} -vf drawbox=c=black:t=fill:enable=lt(t\\,0.8) {X264} {STRAIGHT}"),
    "b_frames": Recipe(f"{BOTH} {_REORDERED} {STEREO} {ALIGNED} {STRAIGHT}"),
    "hevc": Recipe(f"{BOTH} {_HEVC} -x265-params log-level=error:pools=1:open-gop=0:bframes=0 {STEREO} {ALIGNED} {STRAIGHT}"),
    "sixty": Recipe(f"{picture(rate='60')} {sound()} {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    # remux
    "located": Recipe("-i {compliant} -c copy -use_editlist 0 -movflags +faststart " + _SOMEWHERE),
    "camera_data": Recipe(f"-i {{compliant}} -c copy -bsf:v h264_metadata=sei_user_data={_MDPM}+N52.5163 {STRAIGHT}"),
    "moov_last": Recipe("-i {compliant} -c copy -use_editlist 0 -fflags +bitexact"),
    "delayed_edit": Recipe("-i {b_frames} -an -c copy -movflags +faststart -fflags +bitexact"),
    "matroska": Recipe("-i {compliant} -c copy", "mkv"),
    "fragmented": Recipe("-i {silent} -c copy -movflags +frag_keyframe+empty_moov -fflags +bitexact"),
    "fragment_per_frame": Recipe("-i {compliant} -c copy -movflags +frag_every_frame+empty_moov+default_base_moof -fflags +bitexact"),
    "two_sounds": Recipe(f"{BOTH} {sound()} -map 0:v -map 1:a -map 2:a {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    "cover_art": Recipe("-i {compliant} " + _COVER + " -use_editlist 0 -movflags +faststart -fflags +bitexact"),
    "timecode": Recipe("-i {silent} -c copy -timecode 01:02:03:04 -fflags +bitexact", "mov"),
    # audio
    "eight_channels": Recipe(f"{picture()} -f lavfi -i anoisesrc=d={S}:a=0.1:r=48000 {X264} -c:a pcm_s16le -ac 8", "mov"),
    "flash_h264": Recipe(f"{BOTH} {X264} {STEREO} -ar 44100", "flv"),
    "surround": Recipe(f"{picture()} -f lavfi -i anoisesrc=d={S}:a=0.1:r=48000 {X264} {AAC} -ac 6 {STRAIGHT}"),
    "high_rate": Recipe(f"{picture()} {sound(rate=96000)} {X264} {STEREO} -ar 96000 {STRAIGHT}"),
    "mp3": Recipe(f"{BOTH} {X264} -c:a libmp3lame {STRAIGHT}"),
    "pcm": Recipe(f"{BOTH} {X264} -c:a pcm_s16le {STRAIGHT}", "mov"),
    "opus": Recipe(f"{BOTH} {X264} -c:a libopus", "mkv"),
    "priming_edit": Recipe(f"{BOTH} {X264} {STEREO}"),
    "late_sound": Recipe(f"{picture()} -itsoffset 0.5 {sound(2.5)} {X264} {STEREO}"),
    # full
    "rotated": Recipe("-display_rotation 90 -i {compliant} -c copy"),
    "mirrored": Recipe("-display_hflip -i {beep_straight} -c copy"),
    "interlaced": Recipe(f"{BOTH} -vf interlace {X264} -flags +ilme+ildct {STEREO} {STRAIGHT}"),
    "anamorphic": Recipe(f"{picture('120x320')} {sound()} -vf setsar=3/2 {X264} {STEREO} {STRAIGHT}"),
    "full_range": Recipe(f"{BOTH} {X264} -pix_fmt yuvj420p {STEREO} {STRAIGHT}"),
    "ten_bit": Recipe(f"{BOTH} {X264} -pix_fmt yuv420p10le {STEREO} {STRAIGHT}"),
    "lossless": Recipe(f"{BOTH} {X264} -qp 0 {STEREO} {ALIGNED} {STRAIGHT}"),
    "four_two_two": Recipe(f"{BOTH} {X264} -pix_fmt yuv422p {STEREO} {STRAIGHT}"),
    "four_four_four": Recipe(f"{BOTH} {X264} -pix_fmt yuv444p {STEREO} {STRAIGHT}"),
    "odd_size": Recipe(f"{picture('181x321')} {sound()} {X264} -pix_fmt yuv444p {STEREO} {STRAIGHT}"),
    "slow": Recipe(f"{picture(rate='12')} {sound()} {X264} {STEREO} {STRAIGHT}"),
    "fast": Recipe(f"{picture(rate='120')} {sound()} {X264} {STEREO} {STRAIGHT}"),
    "variable": Recipe(f"{picture(rate='60')} {sound()} {_UNEVEN} {X264} {STEREO} {STRAIGHT}"),
    "open_gop": Recipe(f"{BOTH} {_OPEN_GOP} {STEREO} {STRAIGHT}"),
    "vp9": Recipe(f"{BOTH} -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k -c:a libopus", "webm"),
    "see_through": Recipe(f"-f lavfi -i color=0xC86450:s=192x320:r=30:d={S},format=rgba,geq=r='200*gt(X\\,63)':g='100*gt(X\\,63)':b='80':a='255*gt(X\\,127)' -c:v libvpx-vp9 -pix_fmt yuva420p -deadline realtime -cpu-used 8", "webm"),
    "mpeg4": Recipe(f"{BOTH} -c:v mpeg4 -q:v 5 -c:a libmp3lame", "avi"),
    "h264_avi": Recipe(f"{BOTH} {_REORDERED} {STEREO}", "avi"),
    "prores": Recipe(f"{BOTH} -c:v prores_ks -profile:v 0 -c:a pcm_s16le", "mov"),
    "late_clock": Recipe(f"-itsoffset 500 {picture()} -itsoffset 500 {sound()} {X264} {STEREO} -copyts", "mkv"),
    "transport": Recipe(f"{BOTH} {X264} {STEREO}", "ts"),
    "mpeg2": Recipe(f"{picture('320x240', '25')} {sound()} -c:v mpeg2video -q:v 4 -c:a mp2", "mpg"),
    "gif": Recipe(f"{picture('90x160', '10')} -filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse", "gif"),
    "brief_gif": Recipe(f"{picture('90x160', '10', 1.2)} -filter_complex split[a][b];[a]palettegen[p];[b][p]paletteuse", "gif"),
    "brief_webp": Recipe(f"{picture('90x160', '10', 1.2)} -c:v libwebp_anim", "webp"),
    "windows": Recipe(f"{BOTH} -c:v wmv2 -c:a wmav2", "wmv"),
    "flash": Recipe(f"{BOTH} -c:v flv -c:a libmp3lame -ar 44100", "flv"),
    "broadcast": Recipe(f"{picture('320x240', '25')} {sound()} -c:v mpeg2video -q:v 4 -c:a pcm_s16le", "mxf"),
    "theora": Recipe(f"{BOTH} -c:v libtheora -c:a libvorbis", "ogv"),
    "vp8": Recipe(f"{BOTH} -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis", "webm"),
    "motion_jpeg": Recipe(f"{BOTH} -c:v mjpeg -q:v 5 -pix_fmt yuvj422p -c:a pcm_s16le", "avi"),
    "camcorder": Recipe(f"{picture('720x576', '25')} {sound()} -aspect 16:9 -c:v dvvideo -pix_fmt yuv420p -c:a pcm_s16le", "avi"),
    "screen": Recipe(f"{picture(rate='60')} {sound()} -vf select='lt(mod(n\\,40)\\,3)+eq(n\\,190)' -fps_mode vfr {X264} {STEREO}"),
    "one_a_second": Recipe(f"{picture(rate='1', seconds=4)} {sound(4)} {X264} {STEREO}"),
    "slow_motion": Recipe(f"{picture(rate='240')} {sound()} {X264} {STEREO}"),
    "constant_luminance": Recipe(f"{BOTH} {_x265('colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020c')} {STEREO}", "mkv"),
    "deep_and_turned": Recipe("-display_rotation 180 -i {hlg} -c copy", "mov"),
    "p3": Recipe(f"-f lavfi -i color=c=0xC86450:s=96x160:r=30:d={S} {X264} -vf scale=out_color_matrix=bt709,setparams=color_primaries=smpte432:color_trc=iec61966-2-1:colorspace=bt709:range=tv {STRAIGHT}"),
    "hlg": _hdr("arib-std-b67", 721),
    "pq": _hdr("smpte2084", 573, _CL),
    "hlg_clockwise": Recipe("-display_rotation -90 -i {hlg} -c copy", "mov"),
    "hlg_back": Recipe("-display_rotation 90 -i {hlg} -c copy", "mov"),
    "trimmed_edit": Recipe("-ss 0.5 -i {long} -c copy"),
    "late_picture": Recipe(f"-itsoffset 0.4 {picture(seconds=3.0)} {sound(3.4)} {X264} {STEREO}"),
    "long_late_picture": Recipe(f"-itsoffset 1 {picture(seconds=4)} {sound(5)} {X264} {STEREO}", "mkv"),
    "landscape": Recipe(f"{picture('320x180')} {sound()} {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    # a flash and a beep, together one second in
    "beep_straight": Recipe(f"{_BEEP} {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    "beep_moov_last": Recipe("-i {beep_straight} -c copy -use_editlist 0 -fflags +bitexact"),
    "beep_matroska": Recipe(f"{_BEEP} {_REORDERED} {STEREO}", "mkv"),
    "beep_edits": Recipe(f"{_BEEP} {_REORDERED} {STEREO}"),
    "beep_late_sound": Recipe("-i {beep_edits} -itsoffset 0.5 -i {beep_edits} -map 0:v -map 1:a -c copy"),
    "beep_transport": Recipe(f"{_BEEP} {_REORDERED} {STEREO}", "ts"),
    "beep_theora": Recipe(f"{_BEEP},noise=alls=30:allf=t -c:v libtheora -q:v 8 -c:a libvorbis -page_duration 200000", "ogv"),
    "still_theora": Recipe(f"{_FLASH} -c:v libtheora", "ogv"),
    "beep_trimmed": Recipe("-ss 0.5 -i {beep_edits} -c copy"),
    "beep_late_picture": Recipe("-itsoffset 0.4 -i {beep_edits} -i {beep_edits} -map 0:v -map 1:a -c copy"),
    "beep_fragmented": Recipe(f"{_BEEP} {_REORDERED} {STEREO} -movflags frag_keyframe+empty_moov"),
    "beep_flash": Recipe(f"{_BEEP} -c:v flv -c:a libmp3lame -ar 44100", "flv"),
    "beep_avi": Recipe(f"{_BEEP} {_REORDERED} -c:a pcm_s16le", "avi"),
    "beep_ten_bit": Recipe(f"{_BEEP} {_REORDERED} -pix_fmt yuv420p10le {STEREO}"),
    "beep_rotated": Recipe("-display_rotation 90 -i {beep_edits} -c copy"),
    # as cameras and other muxers write them
    "wide_pixels": Recipe("-i {silent} -c copy -aspect 9:8 -use_editlist 0 -movflags +faststart"),
    "jittery": Recipe(f"{BOTH} {X264} -c:a pcm_s16le -bsf:a setts=ts=TS+576*eq(mod(N\\,10)\\,5)", "mkv"),
    "long_last_frame": Recipe("-i {silent} -c copy -bsf:v setts=duration='if(eq(N\\,95)\\,30720\\,DURATION)'", "mov"),
    "brief_sound": Recipe(f"{picture(seconds=1.1)} {sound(0.8)} {X264} {STEREO}"),
    "brief_picture": Recipe(f"{picture(seconds=1.1)} {sound(3.4)} {X264} {STEREO}"),
    "jpeg_2000": Recipe(f"{picture('48x64', '25')} -c:v jpeg2000 -pix_fmt yuv420p", "mov"),
    "encrypted": Recipe("-i {silent} -c copy -encryption_scheme cenc-aes-ctr -encryption_key " + "0f" * 16 + " -encryption_kid " + "0f" * 16),
    "annex_b": Recipe(f"{picture()} {X264}", "h264"),
    # helpers of others
    "heic_frame": Recipe(
        "-f lavfi -i color=red:s=400x320:r=1:d=1 -vf drawbox=x=200:w=200:h=320:c=blue:t=fill,format=yuv420p "
        f"{_x265('colorprim=bt709').replace('yuv420p10le', 'yuv420p')} -an"
    ),
    "long": Recipe(f"{picture(seconds=4.0)} {sound(4.0)} {X264} -g 1000 {STEREO}"),
    "long_moov_first": Recipe("-i {long} -c copy -movflags +faststart"),
    "matroska_long": Recipe("-i {long} -c copy", "mkv"),
    # refused
    "short": Recipe(f"{picture(seconds=1.0)} {sound(1.0)} {X264} {STEREO} {ALIGNED} {STRAIGHT}"),
    "long_house": Recipe(f"{picture('16x16', '30', 91)} {X264} {STRAIGHT}"),
    "sound_transport": Recipe(f"{sound()} {AAC}", "ts"),
    "sound_only": Recipe(f"{sound()} {AAC}", "m4a"),
}  # fmt: skip


def dolby_vision(profile: int) -> bytes:
    """Give Dolby Vision's configuration box, over HLG."""
    return (32).to_bytes(4) + b"dvvC" + bytes([1, 0, profile << 1, 0x25, 0x40]) + bytes(19)


# What a phone says of the light around it: 314 lux, daylight.
AMBIENT: Final = (16).to_bytes(4) + b"amve" + (3_140_000).to_bytes(4) + b"\x3d\x13\x40\x42"


def clean_aperture(width: int, height: int) -> bytes:
    """Give the box of a clean aperture in the middle of the picture."""
    return b"".join(number.to_bytes(4) for number in (40, 0x636C6170, width, 1, height, 1, 0, 1, 0, 1))


def with_edit_end(clip: bytes, end_s: float) -> bytes:
    """Let the first edit list of a clip end earlier."""
    scale = clip.index(b"mvhd") + 16
    duration = round(end_s * int.from_bytes(clip[scale : scale + 4]))
    place = clip.index(b"elst") + 12
    return clip[:place] + duration.to_bytes(4) + clip[place + 4 :]


# What LCEVC's layer is announced by: side data of a frame that PyAV 18 has no name for.
LCEVC: Final = b"\0\0\1\x06\x04\x0a\xb4\0\x50\0\1\2\3\4\5\6\x80"


def with_box(clip: bytes, box: bytes, coding: bytes = b"hvc1") -> bytes:
    """Put a box into the sample entry of a clip whose index comes last."""
    data = bytearray(clip)
    moov = data.index(b"moov")
    places = [moov]
    for name in (b"trak", b"mdia", b"minf", b"stbl", b"stsd", coding):
        places.append(data.index(name, places[-1]))
    for place in places:
        size = int.from_bytes(data[place - 4 : place])
        data[place - 4 : place] = (size + len(box)).to_bytes(4)
    end = places[-1] - 4 + int.from_bytes(data[places[-1] - 4 : places[-1]]) - len(box)
    data[end:end] = box
    return bytes(data)


def _element(name: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes.fromhex(name) + (0x80 | len(body)).to_bytes() + body


def with_encryption(webm: bytes) -> bytes:
    """Say of the first track of a WebM that its pictures are encrypted."""
    encryption = _element("5035", _element("47e1", b"\5"), _element("47e2", b"key"))
    added = _element("6d80", _element("6240", _element("5033", b"\1"), encryption))
    data, place = bytearray(webm), 0
    for mark in (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae"):  # the segment, its tracks, the first
        # The list at the start names the tracks before they come.
        place = data.rindex(mark) if mark[0] == 0x16 else data.index(mark, place)
        place += len(mark)
        width = 9 - data[place].bit_length()
        size = int.from_bytes(data[place : place + width]) + len(added)
        data[place : place + width] = size.to_bytes(width)
        place += width
    data[place:place] = added
    return bytes(data)


def without_packets(stream: bytes, number: int) -> bytes:
    """Leave the packets of one kind out of a transport stream."""
    packets = (stream[start : start + 188] for start in range(0, len(stream), 188))
    return b"".join(packet for packet in packets if int.from_bytes(packet[1:3]) & 0x1FFF != number)


def with_jump(ogv: bytes, at: int, frames: int) -> bytes:
    """Let the clock of an Ogg's Theora pictures jump by some frames, from the page that ends at `at` or later."""
    pages, start, serial, shift = list[bytes](), 0, b"", 0
    while start < len(ogv):
        body = start + 27 + ogv[start + 26]
        end = body + sum(ogv[start + 27 : body])
        page, start = bytearray(ogv[start:end]), end
        if ogv[body : body + 7] == b"\x80theora":
            serial, shift = bytes(page[14:18]), int.from_bytes(ogv[body + 40 : body + 42]) >> 5 & 31
        # The number of the key frame, and of frames since.
        count = int.from_bytes(page[6:14], "little", signed=True)
        if bytes(page[14:18]) == serial and count > 0 and (count >> shift) + (count & (1 << shift) - 1) >= at:
            page[6:14] = (count + (frames << shift)).to_bytes(8, "little")
            page[22:26] = bytes(4)
            page[22:26] = _ogg_sum(bytes(page)).to_bytes(4, "little")
        pages.append(bytes(page))
    return b"".join(pages)


def _ogg_sum(page: bytes) -> int:
    total = 0
    for byte in page:
        total ^= byte << 24
        for _ in range(8):
            total = (total << 1 ^ (0x04C11DB7 if total & 1 << 31 else 0)) & 0xFFFFFFFF
    return total
