"""A mail server with STARTTLS and a login, which keeps what it takes as one JSON object a line.

    mailserver.py PORT CERTIFICATE KEY MAILS [LOCAL-PART=ANSWER …]

An ANSWER is what the server says to a recipient with that local part, such as `550 no such user`; `hang`
leaves everybody who writes to it without an answer.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = b"relay", b"mizuho-7"


class Keeper:
    def __init__(self, path, answers):
        self.answers = answers
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.get(address.split("@")[0])
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        bodies = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
        line = {
            "at": time.time(), "envelope": envelope.rcpt_tos, "secured": session.ssl is not None,
            "headers": {name: str(value) for name, value in message.items()},
            "plain": bodies["text/plain"], "html": bodies["text/html"],
            "size": len(envelope.content),
        }
        with self.lock:
            self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.file.flush()
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = getattr(data, "login", None) == USER and getattr(data, "password", None) == PASSWORD
    return AuthResult(success=good)


class Listener(Controller):
    def __init__(self, keeper, port, context):
        super().__init__(keeper, hostname="127.0.0.1", port=port)
        self.context = context

    def factory(self):
        return SMTP(self.handler, hostname="localhost", tls_context=self.context,
                    require_starttls=True, auth_required=True, authenticator=login,
                    auth_exclude_mechanism=["LOGIN"])  # its words differ from what others expect


def main():
    port, certificate, key, mails = sys.argv[1:5]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    answers = dict(argument.split("=", 1) for argument in sys.argv[5:])
    Listener(Keeper(mails, answers), int(port), context).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
