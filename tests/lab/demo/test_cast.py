"""Who plays."""

from __future__ import annotations

import httpx

from homeport.lab.demo.cast import HOME_MODEL, LAB_KEY, on_stage


async def test_the_cloud_wants_its_key_and_the_home_none() -> None:
    async with on_stage() as cast, httpx.AsyncClient() as client:
        refused = await client.get(f"{cast.first.base_url}/models")
        bearer = {"authorization": f"Bearer {LAB_KEY}"}
        let_in = await client.get(f"{cast.second.base_url}/models", headers=bearer)
        at_home = await client.get(f"{cast.home.base_url}/models")
    assert (refused.status_code, let_in.status_code) == (401, 200)
    assert at_home.json()["data"][0]["id"] == HOME_MODEL.name
    assert len({cast.first.port, cast.second.port, cast.home.port}) == 3
