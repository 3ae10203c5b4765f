"""What each file of an archive is and whose: judged by its header before anything is stored."""

import hashlib
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.api.office import photos
from services.api.office.bulk.archive import Contents, owner_of, refused
from services.api.settings import ApiSection
from shared import image_header
from shared.image_header import BadImage

GIGAPIXEL = 1_000_000_000


@dataclass(frozen=True)
class PhotoFile:
    """One photo of an archive; with a `result` it goes no further."""

    name: str
    student_id: str
    photo_id: str = ""
    content: str = ""
    """The hash of its bytes alone: the same picture under two numbers has one."""
    result: str = ""
    detail: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """What `bulk.detail.{result}` needs."""


def judged(
    archive: zipfile.ZipFile,
    contents: Contents,
    known: dict[str, str],
    api: ApiSection,
    told: Callable[[int], None] = lambda _: None,
) -> list[PhotoFile]:
    """Judge every photo of an archive; `known` says of each student who may be enrolled, or why not.

    Raises:
        Problem: 422, a picture that is made to burst.
    """
    found = []
    for number, member in enumerate(contents.photos, start=1):
        found.append(_judge(archive, member, known, api))
        told(number)
    return _without_doubles(found, api.max_photos)


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one file.

    Raises:
        BadImage: it is damaged.
    """
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise BadImage("truncated", "the archive is damaged here") from error


def _judge(archive: zipfile.ZipFile, member: zipfile.ZipInfo, known: dict[str, str], api: ApiSection) -> PhotoFile:
    file = PhotoFile(member.filename, owner_of(member.filename, known))
    why_not = known.get(file.student_id, "unknown_student")
    if why_not:
        return replace(file, result=why_not)
    if member.file_size > api.max_photo_bytes:
        text = f"{member.file_size} bytes, at most {api.max_photo_bytes}"
        return _too_large(file, text, _megabytes(member.file_size), _megabytes(api.max_photo_bytes))
    try:
        data = read(archive, member.filename)
        header = image_header.inspect(data)
    except BadImage as error:
        return replace(file, result="not_an_image", detail=str(error))
    pixels = header.width * header.height
    if pixels >= GIGAPIXEL:
        raise refused("archive_gigapixel", f"{member.filename!r} claims {header.width}×{header.height} pixels.")
    if pixels > api.max_photo_pixels:
        size = f"{header.width}×{header.height}"
        return _too_large(file, f"{size} pixels", size, f"{api.max_photo_pixels:,}")
    content = hashlib.sha256(data).hexdigest()
    return replace(file, photo_id=photos.photo_id(file.student_id, data), content=content)


def _too_large(file: PhotoFile, detail: str, size: str, most: str) -> PhotoFile:
    return replace(file, result="image_too_large", detail=detail, values={"size": size, "most": most})


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"


def _without_doubles(files: list[PhotoFile], most: int) -> list[PhotoFile]:
    owners: dict[str, set[str]] = {}
    for file in files:
        if not file.result:
            owners.setdefault(file.content, set()).add(file.student_id)
    return list(_first_of_each(files, owners, most))


def _first_of_each(files: list[PhotoFile], owners: dict[str, set[str]], most: int) -> Iterator[PhotoFile]:
    """The same photo twice counts once; one picture under two numbers is nobody's, for one of the two is wrong."""
    seen: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for file in files:
        if file.result:
            yield file
        elif len(owners[file.content]) > 1:
            others = ", ".join(sorted(owners[file.content] - {file.student_id}))
            yield replace(file, result="same_picture", detail=others)
        elif file.photo_id in seen:
            yield replace(file, result="double", detail=seen[file.photo_id])
        elif counts[file.student_id] >= most:
            yield replace(file, result="too_many_photos", detail=f"at most {most}", values={"most": str(most)})
        else:
            seen[file.photo_id] = file.name
            counts[file.student_id] += 1
            yield file
