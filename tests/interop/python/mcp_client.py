"""The official Python client of the Model Context Protocol, driven by a test through its standard streams.

It prints one JSON object a line; to {"authorize": address} the test answers with the address that a browser would
have been sent to, on a line of its own.
"""

import asyncio
import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

REDIRECT_URI = "http://127.0.0.1:33418/callback"


def say(**what):
    print(json.dumps(what), flush=True)


class Storage:
    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


async def redirect(url):
    say(authorize=url)


async def callback():
    line = await asyncio.to_thread(sys.stdin.readline)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(line.strip()).query).items()}
    return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))


async def main():
    storage = Storage()
    provider = OAuthClientProvider(
        server_url=os.environ["RESOURCE"],
        client_metadata=OAuthClientMetadata(
            client_name="Python agent",
            redirect_uris=[REDIRECT_URI],
            grant_types=["authorization_code", "refresh_token"],
            token_endpoint_auth_method="none",
        ),
        storage=storage,
        redirect_handler=redirect,
        callback_handler=callback,
        client_metadata_url=os.environ.get("CLIENT_METADATA_URL"),
    )
    async with httpx2.AsyncClient(auth=provider, timeout=20) as http:
        async with streamable_http_client(os.environ["RESOURCE"], http_client=http) as streams:
            async with ClientSession(streams[0], streams[1]) as session:
                await session.initialize()
                signed_in = storage.tokens.model_dump(mode="json")
                tools = [tool.name for tool in (await session.list_tools()).tools]
                say(client=storage.client.client_id, tools=tools, tokens=signed_in)

                # It believes that its token is over, and refreshes by itself.
                provider.context.token_expiry_time = 1
                await session.call_tool("list_notes", {})
                say(refreshed=storage.tokens.model_dump(mode="json"))

                # More than it was allowed: it asks its person for the union.
                result = await session.call_tool("add_note", {"text": "from Python"})
                say(result=result.content[0].text, tokens=storage.tokens.model_dump(mode="json"))


asyncio.run(main())
