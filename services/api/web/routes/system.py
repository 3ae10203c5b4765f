"""How everything is."""

from services.api.office import office_settings, system
from services.api.office.office_settings import OfficeSettings
from services.api.office.system_shapes import SystemState
from services.api.web.deps import CallerDep, DepsDep
from services.api.web.routing import router as make_router

router = make_router("system")


@router.get("/system")
def get_system(deps: DepsDep, caller: CallerDep) -> SystemState:
    """Return how each service, stream, camera and store is, with a code for the sentence that explains it."""
    with deps.reading(caller) as work:
        return system.look(work, deps.frames, deps.settings.data_dir, deps.settings.audit_head)


@router.get("/office-settings")
def get_office_settings(deps: DepsDep, caller: CallerDep) -> OfficeSettings:
    """Return what is set for the office and has to be known: languages, legal bases, limits of photos and files."""
    with deps.reading(caller) as work:
        return office_settings.of(work)
