"""Prints the newest link of a mail to somebody whose subject holds a text; nothing where there is none.

    link.py MAILS ADDRESS TEXT
"""

import json
import re
import sys

mails, address, words = sys.argv[1:]
found = ""
with open(mails, encoding="utf-8") as file:
    for line in file:
        mail = json.loads(line)
        link = re.search(r"https://relay\.town\.example/\S+", mail["plain"])
        if link and address in mail["envelope"] and words in mail["headers"]["Subject"]:
            found = link.group()
print(found)
