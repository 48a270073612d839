"""Suffixes that say what a file is without opening it. Everything else is looked into."""

from __future__ import annotations


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(f".{name}" for name in text.split())


AUDIO_SUFFIXES = _suffixes(
    """
    wav wave bwf rf64 w64 flac ogg oga opus spx mp1 mp2 mp3 mpga m4a m4b m4r mp4 aac adts ac3 eac3
    aif aiff aifc caf au snd wma asf mka mkv webm ape wv tta mpc mp+ mpp ofr ofs tak dsf dff amr 3gp
    """
)
"""Files and containers that carry sound; always inputs, whatever they hold."""

SCORE_SUFFIXES = _suffixes("mid midi kar musicxml mxl xml")
"""Scores: beside the audio that they belong to, or inputs of their own. XML is looked into."""

OTHER_SUFFIXES = _suffixes(
    """
    png jpg jpeg jpe gif bmp tif tiff webp svg svgz ico pcx tga xpm ppm pgm pbm psd xcf heic avif
    txt md rst rtf log nfo csv tsv json jsonl html htm css yaml yml toml ini cfg conf lrc srt
    cue m3u m3u8 pls xspf sfv md5 sha1 sha256 sig asc torrent
    pdf ps eps doc docx odt ods odp xls xlsx ppt pptx epub tex bib
    py pyc pyo pyi pl pm rb js mjs ts jsx tsx c cc cpp cxx h hh hpp java class jar go rs swift cs
    sh bash zsh fish bat ps1 lua sql r ipynb php vim el s asm o a so dll dylib exe bin elf wasm
    ttf otf woff woff2 eot pfb pcf bdf
    zip gz tgz bz2 xz zst lz4 7z rar tar deb rpm apk dmg iso img cab
    rmi mscz mscx abc ly gp3 gp4 gp5 gpx sib mus
    db sqlite sqlite3 parquet arrow feather npy npz h5 hdf5 pt pth onnx safetensors pkl
    map lvl obj mtl fbx blend gltf glb dae 3ds md2 md3 po mo pot desktop service lock tmp part
    """
)
"""Never inputs, and never opened."""
