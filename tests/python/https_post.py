"""Posts one JSON body over TLS with or without a client certificate; prints status and body as JSON.

Arguments: port, authority file, body, and optionally certificate and key.
"""

import http.client
import json
import ssl
import sys

port, authority, body, *own = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
if own:
    context.load_cert_chain(*own)
try:
    connection = http.client.HTTPSConnection("localhost", int(port), context=context, timeout=60)
    connection.request("POST", "/mcp", body, {"content-type": "application/json"})
    answer = connection.getresponse()
    print(json.dumps({"status": answer.status, "body": json.loads(answer.read() or b"null")}))
except OSError as error:
    print(json.dumps({"status": 0, "body": str(error)}))
