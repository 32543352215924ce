"""Adds to each request of the model router which tenant and agent it is for, so that traces can be told apart."""

from litellm.integrations.custom_logger import CustomLogger

HEADERS = {"x-aihub-tenant": "tenant", "x-aihub-agent": "agent"}


class Origin(CustomLogger):
    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        request = data.get("proxy_server_request") or {}
        given = {name.lower(): value for name, value in (request.get("headers") or {}).items()}
        tags = [f"{tag}:{given[header]}" for header, tag in HEADERS.items() if given.get(header)]
        if tags:
            metadata = data.setdefault("metadata", {})
            metadata["tags"] = [*(metadata.get("tags") or []), *tags]
        return data


origin = Origin()
