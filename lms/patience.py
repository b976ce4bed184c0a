"""A request whose sender falls silent gives its thread back."""

import asyncio

PATIENCE = 60.0  # seconds without a byte


def with_patience(app):
    """`app`, told that the line is cut once a request's body has been silent for PATIENCE.

    A line that breaks without a word would otherwise hold one of the few threads for ever.
    """

    async def patient(scope, receive, send):
        async def next_part():
            try:
                return await asyncio.wait_for(receive(), PATIENCE)
            except TimeoutError:
                return {"type": "http.disconnect"}

        await app(scope, next_part, send)

    return patient
