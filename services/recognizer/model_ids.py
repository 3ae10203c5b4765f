"""The ids of models: templates of different ids are never compared."""

INTEL = "face-reidentification-retail-0095"
ALIGNMENT_VERSION = "a1"
"""Part of every model id: another alignment makes templates that may not be compared with these."""


def model_id(runtime: str, network: str, sha256: str) -> str:
    """Name a network, its weights and its alignment in one id.

    >>> model_id("deepface", "Dlib", "55533b28a958")
    'deepface:Dlib:55533b28:a1'
    """
    return f"{runtime}:{network}:{sha256[:8]}:{ALIGNMENT_VERSION}"


def name_of(model_id: str) -> str:
    """Return the setting's name of a model id.

    >>> name_of("deepface:Dlib:55533b28:a1")
    'Dlib'
    """
    network = model_id.split(":")[1] if model_id.count(":") >= 2 else model_id
    return "intel" if network == INTEL else network
