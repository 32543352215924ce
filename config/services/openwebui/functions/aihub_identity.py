"""
title: Swiss AI Hub identity
description: Tells the agents who asks, signed, so that they need not believe anybody else.
version: 1.0.0
"""

import hashlib
import hmac
import json
import os
import time


class Filter:
    def inlet(self, body: dict, __user__: dict | None = None) -> dict:
        user = __user__ or {}
        claims = json.dumps(
            {"id": user.get("id"), "email": user.get("email"), "issued_at": int(time.time())},
            sort_keys=True,
            separators=(",", ":"),
        )
        key = os.environ["AUTH_OPEN_WEBUI_SIGNING_SECRET"].encode()
        signature = hmac.new(key, claims.encode(), hashlib.sha256).hexdigest()
        body.setdefault("metadata", {})["aihub"] = {"claims": claims, "signature": signature}
        return body
