"""An app of async functions on the official Python SDK, whose answers are streamed (HTTP 201) where that is asked for."""

import asyncio

import fastapi
import inngest
import inngest.fast_api


def make_async_app(client, unit, streaming):
    @client.create_function(fn_id="async-steps", retries=1, trigger=inngest.TriggerEvent(event="py/async-steps"))
    async def async_steps(ctx: inngest.Context) -> object:
        async def one():
            await asyncio.sleep(0.01)
            return 1

        first = await ctx.step.run("one", one)
        await ctx.step.sleep("nap", unit)

        async def number(value):
            return value

        both = await ctx.group.parallel((
            lambda: ctx.step.run("left", number, 2), lambda: ctx.step.run("right", number, 3)))
        return [first, *both]

    @client.create_function(fn_id="async-fails", retries=3, trigger=inngest.TriggerEvent(event="py/async-fails"))
    async def async_fails(ctx: inngest.Context) -> object:
        raise inngest.NonRetriableError("never")

    app = fastapi.FastAPI()
    inngest.fast_api.serve(app, client, [async_steps, async_fails], streaming=streaming)
    return app
