"""What a route is given: the place it works on, and who asks."""

from typing import Annotated

from fastapi import Depends, Request

from eradication.pipeline.reception.place import Place
from eradication.pipeline.reception.sessions import Caller
from eradication.web.gate import signed_out


async def place_of(request: Request) -> Place:
    """Return the place of the application; a function that is not async would be run in a thread of its own."""
    found: Place = request.app.state.place
    return found


async def caller_of(request: Request) -> Caller:
    """Return who asks; the gate let nobody unknown pass.

    Raises:
        Denied: ``signed_out``: the route is public.
    """
    found: Caller | None = request.state.caller
    if found is None:
        raise signed_out()
    return found


Here = Annotated[Place, Depends(place_of)]
Who = Annotated[Caller, Depends(caller_of)]
